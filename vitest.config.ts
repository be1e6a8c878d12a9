import { availableParallelism } from 'node:os';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';
import { filesOfSharedProcess } from './test/support/shared-process.ts';

const shared: TestProjectInlineConfiguration['test'] = {
  // Databases are opened in tests and hooks; a busy machine with two cores needs its time.
  testTimeout: 180_000,
  hookTimeout: 180_000,
  // Not the host's zone, and one with daylight saving time: what depends on it shows.
  env: { TZ: 'America/New_York' },
  // Files of a user's own jobs are imported by Node itself, as the program does it.
  server: { deps: { external: [/\/jobs-\w+\/[^/]+\.m?js/] } },
};

const sharedProcess = filesOfSharedProcess();

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    // One more than cores: there is always a test that waits for a process, a lease or a limit.
    maxWorkers: availableParallelism() + 1,
    // The longest first, or a core would be idle while they end.
    sequence: { sequencer: LongestFirst },
    projects: [
      // Each file in a process of its own.
      {
        test: {
          ...shared,
          name: 'own process',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: sharedProcess,
        },
      },
      // One after the other, which saves loading the program for each: 40 % of their time.
      { test: { ...shared, name: 'shared process', include: sharedProcess, isolate: false } },
    ],
  },
});
