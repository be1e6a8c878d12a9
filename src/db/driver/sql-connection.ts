import type { Readable } from 'node:stream';
import type { WireParameter } from './encode-parameters.ts';

/** What one statement gave back; values are parsed. */
export interface StatementResult {
  /** First word of PostgreSQL's command tag: `SELECT`, `INSERT`. */
  readonly command: string;
  readonly affectedRows: number;
  readonly rows: Record<string, unknown>[];
}

/** One connection, used by one caller at a time. Errors are PostgreSQL's, with `code` = SQLSTATE. */
export interface SqlConnection {
  execute(sql: string, parameters: readonly WireParameter[]): Promise<StatementResult>;
  /**
   * Sends a stream through a `COPY … FROM STDIN` whose text after FROM is left out: `copy t (a, b)`. Where that takes several
   * statements, `beforeEach` is called right before each, and throws once the transaction is being ended.
   */
  copy(target: string, format: 'text' | 'csv', stream: Readable, beforeEach: () => void): Promise<void>;
  /** The connection was lost or is in an unknown state: it is not used again. */
  readonly broken: boolean;
  /** Declares its state unknown: it is ended instead of used again, and an open transaction with it. */
  discard(): void;
}

/** Somebody who takes connections in a name of his own: one run, one command of another terminal. */
export interface ConnectionScope {
  /** The connections that it has now. */
  readonly inUse: ReadonlySet<SqlConnection>;
  /** Of each of its statements on an embedded database; undefined: the database's. */
  readonly statementLimitMs: number | undefined;
}

/** Where connections come from: a pool, or the one connection of an embedded database. */
export interface ConnectionSource {
  /** The database for people, without secrets. */
  readonly label: string;
  acquire(scope?: ConnectionScope): Promise<SqlConnection>;
  release(connection: SqlConnection): void;
  /** Does the work for which the connection was taken, so that what it calls is known to have the connection already. */
  whileHolding?<T>(connection: SqlConnection, work: () => Promise<T>): Promise<T>;
  /**
   * Ends the statements that are running now, of one scope or of all: they fail and their transactions roll back. In the name
   * of one scope nobody goes on waiting for the one connection of an embedded database either.
   */
  cancelStatements(scope?: ConnectionScope): Promise<void>;
  /**
   * Takes the one connection away from a scope that nobody waits for any more and that may never give it back; absent: there
   * are others.
   */
  abandon?(scope: ConnectionScope): Promise<void>;
  /**
   * Does without so many connections until the returned function is called: a thread opens as many of its own meanwhile. Waits
   * until there are enough. Absent: there is one connection, and no thread can have another.
   *
   * @throws the reason of the signal.
   */
  lend?(count: number, signal: AbortSignal): Promise<() => void>;
  /** Connections for the runner's own short statements, which fail when no answer comes; absent: there is one connection for all. */
  readonly control?: ConnectionSource;
  /** May be called more than once. */
  end(): Promise<void>;
}
