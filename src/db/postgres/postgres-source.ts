import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { columnParser } from '../driver/column-parsers.ts';
import type { WireParameter } from '../driver/encode-parameters.ts';
import type { ConnectionSource, SqlConnection, StatementResult } from '../driver/sql-connection.ts';

class PostgresConnection implements SqlConnection {
  readonly client: pg.PoolClient;
  broken = false;

  constructor(client: pg.PoolClient) {
    this.client = client;
    client.on('error', this.markBroken);
  }

  readonly markBroken = (): void => {
    this.broken = true;
  };

  /** Unnamed statements only: a named one would be unknown on the next connection behind PgBouncer. */
  async execute(sql: string, parameters: readonly WireParameter[]): Promise<StatementResult> {
    const result = await this.client.query<Record<string, unknown>>({ text: sql, values: [...parameters] });
    return { command: result.command, affectedRows: result.rowCount ?? 0, rows: result.rows };
  }

  async copy(target: string, format: 'text' | 'csv', stream: Readable): Promise<void> {
    await pipeline(stream, this.client.query(copyFrom(`${target} from stdin with (format ${format})`)));
  }
}

/** A small pool of connections to a PostgreSQL server. */
export class PostgresSource implements ConnectionSource {
  readonly #pool: pg.Pool;
  #ending: Promise<void> | undefined;

  constructor(settings: pg.ClientConfig, size: number) {
    this.#pool = new pg.Pool({
      ...settings,
      max: size,
      idleTimeoutMillis: 10_000,
      types: { getTypeParser: (oid: number) => columnParser(oid) },
    });
    // An idle connection that the server closes is replaced at the next query, which reports the trouble if it lasts.
    this.#pool.on('error', () => {});
  }

  async acquire(): Promise<SqlConnection> {
    return new PostgresConnection(await this.#pool.connect());
  }

  release(connection: SqlConnection): void {
    if (!(connection instanceof PostgresConnection)) throw new TypeError('not a connection of this pool');
    connection.client.off('error', connection.markBroken);
    connection.client.release(connection.broken);
  }

  async cancelStatements(): Promise<void> {}

  end(): Promise<void> {
    this.#ending ??= this.#pool.end();
    return this.#ending;
  }
}
