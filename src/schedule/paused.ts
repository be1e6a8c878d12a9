/** What of a job's state says whether it is paused. */
export interface Pause {
  readonly pausedAt: Date | null;
  /** null while paused: until resumed. */
  readonly pausedUntil: Date | null;
}

/** Is the pause in force at the instant? */
export function isPaused({ pausedAt, pausedUntil }: Pause, at: Date): boolean {
  return pausedAt !== null && (pausedUntil === null || at < pausedUntil);
}
