/**
 * What the process's exit code tells a script. The README prints this table; both must say the same.
 */
export const ExitCode = {
  /** Done. */
  ok: 0,
  /** The job failed. */
  failed: 1,
  /** Wrong usage, configuration or input: nothing was written. */
  usage: 2,
  /** Not run: already running, paused, disabled, or the embedded database is held by another process. */
  notRun: 3,
  /** Checked, and found something (`--fail-on`, `list --check`, `doctor`, `verify`). */
  found: 4,
  /** The job ran into its time limit. */
  timedOut: 5,
  /** The database, the mail server or a provider is away: try again later. */
  unavailable: 6,
  /** Interrupted by Ctrl-C (SIGINT). */
  sigint: 130,
  /** Interrupted by SIGTERM. */
  sigterm: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
