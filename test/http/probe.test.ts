import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { runCommandLine } from '../../bin/command-line.ts';
import { memoryIo } from '../support/memory-io.ts';

async function daemonThatAnswers(status: number, text: string) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(status).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function probe(...args: readonly string[]) {
  const memory = memoryIo();
  const code = await runCommandLine(['daemon', '--probe', ...args], memory.io);
  return { code, stdout: memory.stdout(), stderr: memory.stderr() };
}

it('asks the daemon that listens, prints its answer, and exits by it', async () => {
  const { address, asked } = await daemonThatAnswers(200, '{"status":"healthy"}');
  expect(await probe('health', '--listen', address)).toEqual({
    code: 0,
    stdout: '{"status":"healthy"}\n',
    stderr: '',
  });
  expect(asked).toEqual(['/health']);
});

it('exits 4 when the daemon is not well', async () => {
  const { address } = await daemonThatAnswers(503, '{"status":"not_ready"}\n');
  expect(await probe('ready', '--listen', address)).toMatchObject({
    code: 4,
    stdout: '{"status":"not_ready"}\n',
  });
});

it('asks on the loopback address for a daemon that listens on every address', async () => {
  const { address } = await daemonThatAnswers(200, 'well');
  expect((await probe('health', '--listen', address.replace('127.0.0.1', '0.0.0.0'))).code).toBe(0);
});

it('exits 6 where no daemon answers, and names the address', async () => {
  const { code, stdout, stderr } = await probe('health', '--listen', '127.0.0.1:1');
  expect([code, stdout]).toEqual([6, '']);
  expect(stderr).toMatch(
    /^opsdeck-jobs: No daemon answers at 127\.0\.0\.1:1: .*ECONNREFUSED.*\[no_daemon\]\nNext: /,
  );
});

it('needs an address', async () => {
  expect(await probe('health')).toMatchObject({ code: 2 });
});
