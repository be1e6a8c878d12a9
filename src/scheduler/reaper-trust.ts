/** More than this between two looks, or between two clocks, and something was wrong. */
const suspiciousMs = 30_000;
/** Time for the living to vouch for their runs again. */
const waitMs = 60_000;

/**
 * May this process judge who is dead? One that was cut off from the database, asleep, or saw the database's clock jump, must
 * think that everybody else was, too: their heartbeats look lapsed although they live. It then waits a minute first.
 *
 * Times of the process are milliseconds of its monotonic timer.
 */
export class ReaperTrust {
  #last: { readonly database: number; readonly process: number } | undefined;
  #waitUntil = Number.NEGATIVE_INFINITY;

  /** The database was heard of. */
  observe(databaseNow: Date, processNow: number): void {
    const database = databaseNow.getTime();
    if (this.#last !== undefined) {
      const silence = processNow - this.#last.process;
      const jump = Math.abs(database - this.#last.database - silence);
      if (silence > suspiciousMs || jump > suspiciousMs) this.#waitUntil = processNow + waitMs;
    }
    this.#last = { database, process: processNow };
  }

  mayReap(processNow: number): boolean {
    return processNow >= this.#waitUntil;
  }
}
