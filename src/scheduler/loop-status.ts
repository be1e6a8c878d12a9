/** A loop that has not gone round for so long does not run the schedules, whatever its process does. */
export const stalledAfterMs = 60_000;

/** What the daemon's loop tells about itself; nothing of it waits for the database. */
export interface LoopStatus {
  readonly startedAt: Date;
  /** Milliseconds since the loop last went round; null: not yet. */
  lastTickAgeMs(): number | null;
  /** What the loop last knew of the database. `error` is for people, without secrets. */
  database(): { readonly reachable: boolean; readonly since: Date; readonly error: string | null };
  /** Runs of this process that are going. */
  running(): number;
  /** The loop claims nothing any more, and the process ends when its runs have. */
  stopping(): boolean;
}
