import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/*
 * How the process itself behaves: signals, closed pipes, what nobody caught. Real processes, each running a few lines around the
 * real src/cli/io-from-process.ts.
 */

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsdeck-jobs-process-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function start(
  name: string,
  body: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    stdin: {
      contents: `
        import { commandLineArguments, exitWith, failUntilDone, ioFromProcess, reportUncaught, stopOnSignals, surviveClosedPipes } from './src/cli/io-from-process.ts';
        surviveClosedPipes();
        const io = ioFromProcess(stopOnSignals());
        const aborted = new Promise((resolve) => io.stop.addEventListener('abort', () => resolve(io.stop.reason)));
        const busy = setInterval(() => {}, 1000);
        ${body}`,
      resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'silent',
  });
  return spawn(process.execPath, [outfile], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function text(stream: ChildProcess['stdout']): Promise<string> {
  let all = '';
  for await (const chunk of stream?.setEncoding('utf8') ?? []) all += String(chunk);
  return all;
}

describe('signals', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'the first %s asks to stop, and the work ends in its own time',
    async (signal) => {
      const child = await start(
        `first-${signal}`,
        `process.stdout.write('ready');
       const reason = await aborted;
       process.stdout.write(' stopped by ' + reason);
       clearInterval(busy);
       exitWith(7);`,
      );
      const ended = once(child, 'close');
      child.stdout?.once('data', () => child.kill(signal));
      const output = text(child.stdout);
      expect(await ended).toEqual([7, null]);
      expect(await output).toBe(`ready stopped by ${signal}`);
    },
  );

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('the second %s ends the process at once with %i, however busy it is', async (signal, code) => {
    const child = await start(
      `second-${signal}`,
      `process.stdout.write('ready');
       await aborted;
       process.stdout.write(' stopping');
       await new Promise(() => {});`,
    );
    child.stdout?.on('data', () => child.kill(signal));
    expect(await once(child, 'close')).toEqual([code, null]);
  });
});

describe('output', () => {
  it('a reader that goes away does not end the work, nor fail it', async () => {
    const child = await start(
      'closed-pipe',
      `process.stdout.write('x'.repeat(1_000_000));
       await new Promise((resolve) => process.stdout.once('close', resolve));
       process.stdout.write('more');
       io.stderr.write('work done');
       clearInterval(busy);
       exitWith(0);`,
    );
    child.stdout?.once('data', () => child.stdout?.destroy());
    const errors = text(child.stderr);
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(await errors).toBe('work done');
  });

  it('all of a large document is written before the process ends', async () => {
    const child = await start(
      'large',
      `process.stdout.write('y'.repeat(5_000_000));
       clearInterval(busy);
       exitWith(4);`,
    );
    const output = text(child.stdout);
    expect(await once(child, 'close')).toEqual([4, null]);
    expect((await output).length).toBe(5_000_000);
  });

  it('an uncaught error is reported, and ends with the code of the report', async () => {
    const child = await start(
      'uncaught',
      `reportUncaught((error) => { io.stderr.write('told: ' + error.message); return 1; });
       setTimeout(() => { throw new Error('lost'); }, 0);`,
    );
    const errors = text(child.stderr);
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(await errors).toBe('told: lost');
  });
});

describe('exit code', () => {
  it('work that never settles is a failure when nothing is left to wait for', async () => {
    const child = await start(
      'unsettled',
      'failUntilDone(); clearInterval(busy); new Promise(() => {}).then(() => exitWith(0));',
    );
    expect(await once(child, 'close')).toEqual([1, null]);
  });

  it.each([0, 4])('done work ends with its own code, %i', async (code) => {
    const child = await start(`done-${code}`, `failUntilDone(); clearInterval(busy); exitWith(${code});`);
    expect(await once(child, 'close')).toEqual([code, null]);
  });
});

describe('colours', () => {
  it.each([
    [{}, false],
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '' }, true],
    [{ FORCE_COLOR: '0' }, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '' }, true],
  ] as const)('into a pipe with %j: %s', async (env, color) => {
    const child = await start(
      'colours',
      `io.stdout.write(JSON.stringify([io.color, io.stdoutIsTerminal, io.columns ?? null, commandLineArguments()]));
       clearInterval(busy);`,
      env,
    );
    expect(JSON.parse(await text(child.stdout))).toEqual([color, false, null, []]);
  });
});
