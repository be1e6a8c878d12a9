import { expect, it } from 'vitest';
import { runCommandLine } from '../../bin/command-line.ts';
import { wantsStack } from '../../src/cli/wants-stack.ts';
import { memoryIo } from '../support/memory-io.ts';

it.each([
  [['list', '--log-level', 'debug'], {}, true],
  [['--log-level=debug', 'list'], {}, true],
  [['--log-level=TRACE', 'list'], {}, true],
  [['--log-level', 'trace', 'list'], {}, true],
  [['list'], { LOG_LEVEL: 'debug' }, true],
  [['list'], { LOG_LEVEL: 'Trace' }, true],
  [['--log-level', 'warn', 'list'], { LOG_LEVEL: 'debug' }, false],
  [['list', '--log-level'], {}, false],
  [['runs', 'debug'], {}, false],
  [['list'], { LOG_LEVEL: 'info' }, false],
  [[], {}, false],
] as const)('%j with %j shows the stack of an error: %s', (args, env, shown) => {
  expect(wantsStack(args, env)).toBe(shown);
});

it('LOG_LEVEL=debug shows where a failing command failed', async () => {
  const { io, stderr } = memoryIo({
    env: { LOG_LEVEL: 'debug', DATABASE_URL: 'postgresql://x@127.0.0.1:9/x' },
    cwd: '/',
  });
  expect(await runCommandLine(['list'], io)).toBe(6);
  expect(stderr()).toMatch(/\n +at /);
});

it('LOG_LEVEL=debug shows no line of the program for a mistake of the user', async () => {
  const { io, stderr } = memoryIo({ env: { LOG_LEVEL: 'debug', SMTP_PORT: 'x' }, cwd: '/' });
  expect(await runCommandLine(['config', 'show'], io)).toBe(2);
  expect(stderr()).not.toMatch(/\n +at /);
});
