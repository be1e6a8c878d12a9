import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Databases are opened in tests and hooks; a busy machine with two cores needs its time.
    testTimeout: 180_000,
    // Every core: most of the time is the databases' own, and one worker less would leave half of a small machine idle.
    maxWorkers: '100%',
    hookTimeout: 180_000,
    // Not the host's zone, and one with daylight saving time: what depends on it shows.
    env: { TZ: 'America/New_York' },
    // Files of a user's own jobs are imported by Node itself, as the program does it.
    server: { deps: { external: [/\/jobs-\w+\/[^/]+\.m?js/] } },
  },
});
