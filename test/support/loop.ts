import type { OpenDatabase } from '../../src/db/database.ts';
import type { JobDefinition } from '../../src/job/define-job.ts';
import { Loop, type LoopOptions } from '../../src/scheduler/loop.ts';
import { beforeClosing } from './before-closing.ts';
import { type TestEnvironment, testEnvironment } from './runner.ts';

export interface TestLoop {
  readonly loop: Loop;
  readonly environment: TestEnvironment;
}

/** A loop that runs until the test ends. */
export function startLoop(
  database: OpenDatabase,
  definitions: readonly JobDefinition[],
  options: Partial<LoopOptions> = {},
  changes: Parameters<typeof testEnvironment>[2] = {},
): TestLoop {
  const environment = testEnvironment(database, definitions, changes);
  const loop = new Loop(environment, { definitions, partial: false, concurrency: 8, ...options });
  loop.start();
  beforeClosing(() => loop.stop(0));
  return { loop, environment };
}

/** A promise that a job in a test can be made to wait for. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
