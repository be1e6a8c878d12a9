import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { WireParameter } from '../driver/encode-parameters.ts';
import type { SqlConnection, StatementResult } from '../driver/sql-connection.ts';
import { fromServer, isUnanswered } from '../errors.ts';

/** The server and who we are there, for messages. */
export interface ServerIdentity {
  readonly label: string;
  readonly role: string;
}

/** One connection of the pool, and the statement that it works on. */
export class PostgresConnection implements SqlConnection {
  readonly client: pg.PoolClient;
  readonly #identity: ServerIdentity;
  /** Asks the server to end the statement, without waiting for it. */
  readonly #giveUp: (client: pg.PoolClient) => void;
  broken = false;
  /** The statement being worked on; settles, and never rejects, when it is done. */
  running: Promise<void> | undefined;
  /** Cancel requests that are under way: they name the connection, not the statement, so the next statement waits for them. */
  cancelling: Promise<void> | undefined;

  constructor(client: pg.PoolClient, identity: ServerIdentity, giveUp: (client: pg.PoolClient) => void) {
    this.client = client;
    this.#identity = identity;
    this.#giveUp = giveUp;
    client.on('error', this.discard);
  }

  readonly discard = (): void => {
    this.broken = true;
  };

  /** Unnamed statements only: a named one would be unknown on the next connection behind PgBouncer. */
  execute(sql: string, parameters: readonly WireParameter[]): Promise<StatementResult> {
    return this.#track(async () => {
      const result = await this.client.query<Record<string, unknown>>({ text: sql, values: [...parameters] });
      return { command: result.command, affectedRows: result.rowCount ?? 0, rows: result.rows };
    });
  }

  copy(target: string, format: 'text' | 'csv', stream: Readable): Promise<void> {
    return this.#track(() =>
      pipeline(stream, this.client.query(copyFrom(`${target} from stdin with (format ${format})`))),
    );
  }

  async #track<T>(work: () => Promise<T>): Promise<T> {
    if (this.cancelling !== undefined) await this.cancelling;
    const result = work();
    this.running = result.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await result;
    } catch (error) {
      if (isUnanswered(error)) {
        this.discard();
        // The server may still be at it, and would be for as long as a lock is held.
        this.#giveUp(this.client);
      }
      throw fromServer(error, this.#identity.label, this.#identity.role);
    } finally {
      this.running = undefined;
    }
  }
}
