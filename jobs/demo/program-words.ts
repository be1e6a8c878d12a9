import type { Io } from '../../src/cli/io.ts';

/** What a person types: `npx` does for whoever started the demo by it. */
export function program(io: Io): string {
  return io.env['npm_command'] === 'exec' ? 'npx opsdeck-jobs' : 'opsdeck-jobs';
}
