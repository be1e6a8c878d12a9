import type { Readable } from 'node:stream';
import type { Kysely, Transaction } from 'kysely';
import type { Clock } from '../time/clock.ts';
import type { ScopeOptions } from './driver/scoped-source.ts';
import type { ConnectionSource } from './driver/sql-connection.ts';
import type { CommandServer } from './embedded/command-server.ts';
import type { IdentityCheck } from './identity.ts';
import type { Database } from './tables.ts';

/** `attached`: a running OpsDeck owns the tables. `standalone`: our migrations do. Decided once by `migrate` and stored. */
export type DatabaseMode = 'attached' | 'standalone';

/** The folder of an embedded database, which this process owns. */
export interface OwnedFolder {
  readonly path: string;
  /** From now on others may have their commands run by this process; undefined: no more. */
  offer(server: CommandServer | undefined): void;
}

/** A database as one run uses it. */
export interface DatabaseOfRun extends Pick<OpenDatabase, 'db' | 'cancelStatements'> {
  /** Ends what the run still does and takes away what it still holds, for nobody waits for it any more. */
  abandon(): Promise<void>;
}

/** An open, migrated database; every command works on one. */
export interface OpenDatabase {
  readonly db: Kysely<Database>;
  readonly kind: 'postgres' | 'embedded';
  /** For people, without secrets: `PostgreSQL opsdeck at db.example:5432` or `embedded database in /path`. */
  readonly label: string;
  readonly mode: DatabaseMode;
  /** Is it the database that was migrated first, where it was then? A copy sends nothing until it is confirmed. */
  readonly identity: IdentityCheck;
  /** Of an embedded database. */
  readonly folder?: OwnedFolder;
  /** IANA name: the wall clock that `timestamp without time zone` columns hold. */
  readonly storedZone: string;
  /** The database's time, carried on by the process's monotonic timer. */
  readonly clock: Clock;
  /** Puts {@link clock} right by what the database's own clock says now; a fake one of a test stays as it is. */
  syncClock(databaseNow: Date): void;
  /**
   * The same database for one run: {@link cancelStatements} of what is returned ends this run's statements alone.
   * It needs no closing.
   */
  forRun(options?: ScopeOptions): DatabaseOfRun;
  /** See {@link ConnectionSource.lend}; a server only. */
  readonly lend?: NonNullable<ConnectionSource['lend']>;
  /**
   * For the runner's own short statements beside the jobs' long ones: each fails after 15 s without an answer, so that a
   * connection whose other end is gone is noticed, and none waits for a job to give a connection back. The embedded database
   * has one connection: there it is {@link db}.
   */
  readonly control: Kysely<Database>;
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
  /** Aborted when the database is closed: what still waits for it to come back ends. */
  readonly closed: AbortSignal;
  close(): Promise<void>;
}
