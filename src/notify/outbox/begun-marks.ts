import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Database } from '../../db/tables.ts';
import { markBegun } from './claim-messages.ts';

/** What begins within this time is marked together: a statement costs more than many of its rows. */
const togetherMs = 4;

interface Waiting {
  readonly id: string;
  readonly resolve: (ours: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Marks messages as begun before their first byte is sent: after a kill, only those may have arrived. What begins within a few
 * milliseconds, or while a statement is under way, is marked together by the next.
 */
export class BegunMarks {
  readonly #db: Kysely<Database>;
  readonly #owner: string;
  #waiting: Waiting[] = [];
  #writing = false;

  constructor(db: Kysely<Database>, owner: string) {
    this.#db = db;
    this.#owner = owner;
  }

  /** False: the lease was not ours any more, or sending is stopped; it must not be sent. */
  mark(id: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, resolve, reject });
      if (!this.#writing) void this.#write();
    });
  }

  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      await sleep(togetherMs);
      const some = this.#waiting.splice(0);
      try {
        const ours = await markBegun(
          this.#db,
          this.#owner,
          some.map(({ id }) => id),
        );
        for (const { id, resolve } of some) resolve(ours.has(id));
      } catch (error) {
        for (const { reject } of some) reject(error);
      }
    }
    this.#writing = false;
  }
}
