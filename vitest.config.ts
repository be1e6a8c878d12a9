import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/support/global-setup.ts'],
    // Databases are opened in tests and hooks; a busy machine with two cores needs its time.
    testTimeout: 180_000,
    // One more than cores: there is always a test that waits for a process, a lease or a limit.
    maxWorkers: availableParallelism() + 1,
    // The longest first, or a core would be idle while they end.
    sequence: { sequencer: LongestFirst },
    hookTimeout: 180_000,
    // Not the host's zone, and one with daylight saving time: what depends on it shows.
    env: { TZ: 'America/New_York' },
    // Files of a user's own jobs are imported by Node itself, as the program does it.
    server: { deps: { external: [/\/jobs-\w+\/[^/]+\.m?js/] } },
  },
});
