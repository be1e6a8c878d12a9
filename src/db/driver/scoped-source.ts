import { type Patience, patiently } from './patiently.ts';
import type { ConnectionScope, ConnectionSource, SqlConnection } from './sql-connection.ts';

export interface ScopeOptions {
  /** Its first connection is waited for. */
  readonly patience?: Patience | undefined;
  /** Of each statement on an embedded database (statement-limits.ts); undefined: the database's. */
  readonly statementLimitMs?: number | undefined;
}

/** A part of a source: the connections that one run has taken, so that its statements can be ended without anybody else's. */
export class ScopedSource implements ConnectionSource, ConnectionScope {
  readonly label: string;
  readonly #source: ConnectionSource;
  readonly inUse = new Set<SqlConnection>();
  /** Aborted: nobody waits for a connection any more. */
  readonly #waits = new AbortController();
  /** For the first connection alone: after that the run may have done something, and must know that it cannot go on. */
  #patience: Patience | undefined;
  readonly statementLimitMs: number | undefined;

  constructor(source: ConnectionSource, { patience, statementLimitMs }: ScopeOptions = {}) {
    this.label = source.label;
    this.#source = source;
    this.#patience = patience;
    this.statementLimitMs = statementLimitMs;
  }

  async acquire(): Promise<SqlConnection> {
    const take = () => this.#source.acquire(this);
    const connection = await (this.#patience === undefined
      ? take()
      : patiently(take, this.#patience, this.#waits.signal));
    this.#patience = undefined;
    this.inUse.add(connection);
    return connection;
  }

  release(connection: SqlConnection): void {
    this.inUse.delete(connection);
    this.#source.release(connection);
  }

  whileHolding<T>(connection: SqlConnection, work: () => Promise<T>): Promise<T> {
    return this.#source.whileHolding?.(connection, work) ?? work();
  }

  cancelStatements(): Promise<void> {
    this.#waits.abort();
    return this.#source.cancelStatements(this);
  }

  /** What this scope still does and holds is ended: nobody waits for it any more. */
  async abandon(): Promise<void> {
    if (this.#source.abandon === undefined) await this.#source.cancelStatements(this);
    else await this.#source.abandon(this);
  }

  /** The source goes on. */
  async end(): Promise<void> {}
}
