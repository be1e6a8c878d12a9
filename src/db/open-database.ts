import type { Readable } from 'node:stream';
import type { Kysely, Transaction } from 'kysely';
import type { Clock } from '../time/clock.ts';
import type { Database } from './tables.ts';

/** `attached`: a running OpsDeck owns the tables. `standalone`: our migrations do. Decided once by `migrate` and stored. */
export type DatabaseMode = 'attached' | 'standalone';

/** An open, migrated database; every command works on one. */
export interface OpenDatabase {
  readonly db: Kysely<Database>;
  readonly kind: 'postgres' | 'embedded';
  /** For people, without secrets: `PostgreSQL opsdeck at db.example:5432` or `embedded database in /path`. */
  readonly label: string;
  readonly mode: DatabaseMode;
  /** IANA name: the wall clock that `timestamp without time zone` columns hold. */
  readonly storedZone: string;
  /** The database's time, carried on by the process's monotonic timer. */
  readonly clock: Clock;
  /** COPY … FROM STDIN of a stream in PostgreSQL's text or CSV format, inside the transaction. `columns` are plain names. */
  copyInto(
    trx: Transaction<Database>,
    table: string,
    columns: readonly string[],
    stream: Readable,
    format: 'text' | 'csv',
  ): Promise<void>;
  /**
   * Ends the statements that are running now: they fail, their transactions roll back, and the database can be used again
   * at once. What a time limit and a shutdown do to a statement that takes too long.
   */
  cancelStatements(): Promise<void>;
  close(): Promise<void>;
}
