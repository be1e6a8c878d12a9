import type { ConnectionScope, ConnectionSource, SqlConnection } from './sql-connection.ts';

/** A part of a source: the connections that one run has taken, so that its statements can be ended without anybody else's. */
export class ScopedSource implements ConnectionSource, ConnectionScope {
  readonly label: string;
  readonly #source: ConnectionSource;
  readonly inUse = new Set<SqlConnection>();

  constructor(source: ConnectionSource) {
    this.label = source.label;
    this.#source = source;
  }

  async acquire(): Promise<SqlConnection> {
    const connection = await this.#source.acquire(this);
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
