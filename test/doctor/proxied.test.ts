import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { doctor } from '../../src/cli/actions/doctor.ts';
import { startHttpProxy } from '../support/http-proxy.ts';
import { memoryIo } from '../support/memory-io.ts';

async function examine(env: Record<string, string>) {
  const folder = await mkdtemp(join(inject('scratch'), 'doctor-'));
  const memory = memoryIo({ env: { TIMEZONE: 'UTC', OPSDECK_JOBS_DATA_DIR: folder, ...env } });
  await doctor(memory.io, {}, { json: true });
  return memory.stdout();
}

it('asks the proxy for the way to each webhook, and looks no name up itself', async () => {
  const refusing = await startHttpProxy(0, 407);
  const secret = refusing.url.replace('//', '//ana:s3cret-login@');
  const found = await examine({
    OPSDECK_JOBS_HTTP_PROXY: secret,
    WEBHOOK_URL: 'https://hooks.example/s3cret-path',
    OPSDECK_JOBS_TEAMS_WEBHOOK_URL: 'https://10.0.0.1/s3cret-path',
  });
  expect(found).toContain(
    `WEBHOOK_URL cannot be reached: the proxy ${refusing.url} of http_proxy answered 407: its login is missing or wrong.`,
  );
  expect(found).toContain('Check http_proxy, and the proxy.');
  expect(found).toContain('The host of OPSDECK_JOBS_TEAMS_WEBHOOK_URL is refused');
  expect(found).not.toContain('s3cret');
  expect(refusing.asked).toEqual(['CONNECT hooks.example:443']);
  const working = await startHttpProxy(refusing.port);
  const env = { HTTPS_PROXY: working.url, OPSDECK_JOBS_HTTP_PROXY: 'env' };
  expect(await examine({ ...env, WEBHOOK_URL: 'https://hooks.example/x' })).not.toContain(
    'cannot be reached',
  );
  expect(working.asked).toEqual(['CONNECT hooks.example:443']);
});
