import type { Readable } from 'node:stream';
import {
  type CompiledQuery,
  createQueryId,
  type DatabaseConnection,
  type Driver,
  IdentifierNode,
  type QueryCompiler,
  type QueryResult,
  RawNode,
  type TransactionSettings,
} from 'kysely';
import { encodeParameters } from './encode-parameters.ts';
import type { ConnectionSource, SqlConnection } from './sql-connection.ts';

/** Kysely's view of one of our connections, for as long as it is taken. */
export class SqlDatabaseConnection implements DatabaseConnection {
  readonly connection: SqlConnection;
  #ending = false;

  constructor(connection: SqlConnection) {
    this.connection = connection;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    this.#refuseWhileEnding();
    const result = await this.connection.execute(query.sql, encodeParameters(query.parameters));
    const changes = ['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'COPY'].includes(result.command);
    return {
      // The one place where a row gets the type that the query promises; Kysely's own drivers do the same.
      rows: result.rows as R[],
      ...(changes ? { numAffectedRows: BigInt(result.affectedRows) } : {}),
    };
  }

  /** See {@link SqlConnection.copy}. */
  async copy(target: string, format: 'text' | 'csv', stream: Readable): Promise<void> {
    this.#refuseWhileEnding();
    await this.connection.copy(target, format, stream, () => this.#refuseWhileEnding());
  }

  /** The connection may be taken for another transaction, with the same object. */
  async begin(words: string): Promise<void> {
    this.#ending = false;
    await this.connection.execute(words, []);
  }

  /**
   * The last statement of a transaction. From here on nothing else is sent: a statement of somebody who does not wait for the
   * transaction (a job that was left behind) would be queued after it, and be carried out outside of any. Kysely's own check
   * holds only once the answer is here, and later by a few turns; until the connection is taken anew it can only begin another.
   */
  async endTransaction(word: 'commit' | 'rollback'): Promise<void> {
    this.#ending = true;
    await this.connection.execute(word, []);
  }

  #refuseWhileEnding(): void {
    if (this.#ending)
      throw new Error('the transaction is being ended, or has ended; nothing more can be sent in it');
  }

  /** Not offered: a cursor would hold the embedded database's one connection. Page through a key instead. */
  streamQuery(): AsyncIterableIterator<never> {
    throw new Error('streaming queries are not offered; page through a key instead');
  }
}

/** Transactions, savepoints and connections over a {@link ConnectionSource}. */
export class SqlDriver implements Driver {
  readonly #source: ConnectionSource;

  constructor(source: ConnectionSource) {
    this.#source = source;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SqlDatabaseConnection> {
    return new SqlDatabaseConnection(await this.#source.acquire());
  }

  async beginTransaction(connection: SqlDatabaseConnection, settings: TransactionSettings): Promise<void> {
    const words = ['start transaction'];
    if (settings.isolationLevel !== undefined) words.push(`isolation level ${settings.isolationLevel}`);
    if (settings.accessMode !== undefined) words.push(settings.accessMode);
    await connection.begin(words.join(' '));
  }

  async commitTransaction(connection: SqlDatabaseConnection): Promise<void> {
    await connection.endTransaction('commit');
  }

  async rollbackTransaction(connection: SqlDatabaseConnection): Promise<void> {
    // A lost connection has rolled back already; a second error here would hide the one that matters.
    if (connection.connection.broken) return;
    try {
      await connection.endTransaction('rollback');
    } catch {
      connection.connection.discard();
    }
  }

  async savepoint(
    connection: DatabaseConnection,
    name: string,
    compileQuery: QueryCompiler['compileQuery'],
  ): Promise<void> {
    await connection.executeQuery(compileQuery(savepointCommand('savepoint', name), createQueryId()));
  }

  async rollbackToSavepoint(
    connection: DatabaseConnection,
    name: string,
    compileQuery: QueryCompiler['compileQuery'],
  ): Promise<void> {
    await connection.executeQuery(compileQuery(savepointCommand('rollback to', name), createQueryId()));
  }

  async releaseSavepoint(
    connection: DatabaseConnection,
    name: string,
    compileQuery: QueryCompiler['compileQuery'],
  ): Promise<void> {
    await connection.executeQuery(compileQuery(savepointCommand('release', name), createQueryId()));
  }

  async releaseConnection(connection: SqlDatabaseConnection): Promise<void> {
    this.#source.release(connection.connection);
  }

  async destroy(): Promise<void> {
    await this.#source.end();
  }
}

function savepointCommand(command: string, name: string): RawNode {
  return RawNode.createWithChildren([RawNode.createWithSql(`${command} `), IdentifierNode.create(name)]);
}
