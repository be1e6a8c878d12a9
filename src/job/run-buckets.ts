/**
 * How runs are counted: by job and status, with the distributions of their duration and their lateness. Triggers of `job_run`
 * count in the database, as runs end (migration 0022): who changes the bounds needs a migration that empties or recounts
 * `opsdeck_jobs.run_tally`.
 */

/** Upper bounds of the durations, in milliseconds, inclusive; one more bucket holds what is longer. */
export const durationBoundsMs = [
  100, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000,
] as const;

/** Upper bounds of how late a scheduled run started, in milliseconds, inclusive; one more bucket holds what is later. */
export const latenessBoundsMs = [
  100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 21_600_000,
  86_400_000,
] as const;
