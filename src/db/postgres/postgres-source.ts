import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { columnParser } from '../driver/column-parsers.ts';
import type { ConnectionScope, ConnectionSource, SqlConnection } from '../driver/sql-connection.ts';
import { fromServer } from '../errors.ts';
import { cancelGraceMs, sendCancel } from './cancel-request.ts';
import { PostgresConnection, type ServerIdentity } from './postgres-connection.ts';

export interface PoolLimits {
  readonly connections: number;
  /** A statement without an answer for so long fails, and its connection is cut; undefined: statements take what they take. */
  readonly answerWithinMs: number | undefined;
}

/** A hundred jobs at once wait for each other's connections here, not at the server, whose limit is for everybody. */
export const jobLimits: PoolLimits = { connections: 10, answerWithinMs: undefined };
/** Threads may borrow the others. */
const keptWhenLending = 2;
/** At the usual concurrency every run of a daemon can be claimed and recorded without waiting for another one. */
const controlLimits: PoolLimits = { connections: 8, answerWithinMs: 15_000 };

/** A small pool of connections to a PostgreSQL server. */
export class PostgresSource implements ConnectionSource {
  readonly label: string;
  readonly #identity: ServerIdentity;
  readonly #settings: pg.ClientConfig;
  readonly #pool: pg.Pool;
  readonly #limits: PoolLimits;
  #control: PostgresSource | undefined;
  readonly #inUse = new Set<PostgresConnection>();
  /** How many are lent. */
  #lent = 0;
  /** Borrowers are served one after the other, or two of them could each wait for what the other has. */
  #lending: Promise<unknown> = Promise.resolve();
  /** Called when a connection, or a loan of some, was given back. */
  #onReturn: (() => void) | undefined;
  /** Clients that have not logged in yet. The pool forgets those that fail, and some of them stay half open. */
  readonly #loggingIn = new Set<pg.Client>();
  #ending: Promise<void> | undefined;
  /** Told when the source is closed: they wait for a connection. */
  readonly #waiting = new Set<(error: Error) => void>();

  constructor(settings: pg.ClientConfig, identity: ServerIdentity, limits: PoolLimits = jobLimits) {
    this.#limits = limits;
    this.label = identity.label;
    this.#identity = identity;
    this.#settings = settings;
    const loggingIn = this.#loggingIn;
    this.#pool = new pg.Pool({
      ...settings,
      Client: class extends pg.Client {
        constructor(config?: pg.ClientConfig) {
          super(config);
          loggingIn.add(this);
          // A server that shuts down may say so in one breath with the end of the login, when nobody listens yet: an error
          // without a listener would end the process. Whoever gets the connection then finds it unusable.
          this.on('error', () => undefined);
        }
      },
      max: limits.connections,
      ...(limits.answerWithinMs === undefined ? {} : { query_timeout: limits.answerWithinMs }),
      idleTimeoutMillis: 10_000,
      types: { getTypeParser: (oid: number) => columnParser(oid) },
    });
    this.#pool.on('connect', (client) => {
      if (client instanceof pg.Client) loggingIn.delete(client);
    });
    // An idle connection that the server closes is replaced at the next query, which reports the trouble if it lasts.
    this.#pool.on('error', () => {});
  }

  /** Made when it is first wanted: a one-shot command has no need of it. */
  get control(): ConnectionSource {
    if (this.#limits === controlLimits) return this;
    this.#control ??= new PostgresSource(this.#settings, this.#identity, controlLimits);
    return this.#control;
  }

  /** Opens one connection, and keeps it for the first query. @throws the driver's own error. */
  async probe(): Promise<void> {
    (await this.#free()).release();
  }

  async acquire(): Promise<SqlConnection> {
    try {
      const connection = new PostgresConnection(
        await this.#free(),
        this.#identity,
        (client) => void sendCancel(client, this.#settings),
      );
      this.#inUse.add(connection);
      return connection;
    } catch (error) {
      throw fromServer(error, this.#identity.label, this.#identity.role);
    }
  }

  /**
   * A connection of the pool. A pool that is closed forgets whoever still waits for one, and he holds perhaps another one, for
   * which the pool then waits.
   */
  async #free(): Promise<pg.PoolClient> {
    const connecting = this.#pool.connect();
    let refuse = (_: Error) => {};
    const closed = new Promise<never>((_, reject) => {
      refuse = reject;
    });
    this.#waiting.add(refuse);
    try {
      return await Promise.race([connecting, closed]);
    } catch (error) {
      connecting.then((client) => client.release(true)).catch(() => undefined);
      throw error;
    } finally {
      this.#waiting.delete(refuse);
    }
  }

  release(connection: SqlConnection): void {
    if (!(connection instanceof PostgresConnection) || !this.#inUse.delete(connection)) return;
    // A cancel request names the connection: it must not end a statement of whoever gets it next.
    if (connection.cancelling === undefined) this.#giveBack(connection);
    else void connection.cancelling.then(() => this.#giveBack(connection));
  }

  #giveBack(connection: PostgresConnection): void {
    connection.client.off('error', connection.discard);
    // Before the pool's goodbye, which a server that is gone would never take.
    if (connection.broken && connection.client instanceof pg.Client) {
      connection.client.connection.stream.destroy();
    }
    connection.client.release(connection.broken || this.#surplus);
    this.#onReturn?.();
  }

  lend(count: number, signal: AbortSignal): Promise<() => void> {
    const lent = this.#lending.then(() => this.#withdraw(count, signal));
    this.#lending = lent.catch(() => undefined);
    return lent;
  }

  async #withdraw(count: number, signal: AbortSignal): Promise<() => void> {
    const { connections } = this.#limits;
    await this.#returned(signal, () => this.#lent + count <= connections - keptWhenLending);
    this.#setLent(this.#lent + count);
    const giveBack = () => {
      this.#setLent(this.#lent - count);
      // The pool looks at who waits for a connection only when one is given back.
      for (let waiting = Math.min(count, this.#pool.waitingCount); waiting > 0; waiting -= 1)
        void this.probe().catch(() => undefined);
    };
    try {
      while (this.#surplus && this.#pool.idleCount > 0) (await this.#free()).release(true);
      await this.#returned(signal, () => !this.#surplus);
    } catch (error) {
      giveBack();
      throw error;
    }
    return giveBack;
  }

  #setLent(count: number): void {
    this.#lent = count;
    this.#pool.options.max = this.#limits.connections - count;
    this.#onReturn?.();
  }

  /** There are more connections than are ours to have. */
  get #surplus(): boolean {
    return this.#pool.totalCount > (this.#pool.options.max ?? 0);
  }

  /** Waits until enough was given back. @throws the reason of the signal. */
  async #returned(signal: AbortSignal, enough: () => boolean): Promise<void> {
    const wake = () => this.#onReturn?.();
    signal.addEventListener('abort', wake, { once: true });
    try {
      for (;;) {
        signal.throwIfAborted();
        if (enough()) return;
        await new Promise<void>((resolve) => {
          this.#onReturn = resolve;
        });
      }
    } finally {
      this.#onReturn = undefined;
      signal.removeEventListener('abort', wake);
    }
  }

  /** Asks the server to cancel; a server that does not answer is left behind, and rolls back when it notices. */
  async cancelStatements(scope?: ConnectionScope): Promise<void> {
    const meant = [...this.#inUse].filter((connection) => scope?.inUse.has(connection) ?? true);
    await Promise.all(meant.map((connection) => this.#cancel(connection)));
  }

  async #cancel(connection: PostgresConnection): Promise<void> {
    const { client, running } = connection;
    if (running === undefined) return;
    const answered = new AbortController();
    const ended = running.then(() => answered.abort());
    const cancelling = Promise.all([connection.cancelling, sendCancel(client, this.#settings)]).then(() => {
      if (connection.cancelling === cancelling) connection.cancelling = undefined;
    });
    connection.cancelling = cancelling;
    await Promise.race([
      ended,
      sleep(cancelGraceMs, undefined, { signal: answered.signal, ref: false }).catch(() => {}),
    ]);
    if (answered.signal.aborted) return;
    connection.discard();
    // With a statement under way, this cuts the connection without waiting for it.
    if (client instanceof pg.Client) void client.end();
    await ended;
  }

  /** Cuts the connections that have not logged in yet: whoever waits for one gets an error. */
  abandonLogin(): void {
    for (const client of this.#loggingIn)
      client.connection.stream.destroy(new Error('the login was abandoned'));
  }

  end(): Promise<void> {
    // Asked to end, the driver would never answer whoever waits for the login, and the pool would wait with him.
    this.abandonLogin();
    this.#loggingIn.clear();
    for (const refuse of this.#waiting) refuse(new Error('the connections to the database are closed'));
    this.#ending ??= Promise.all([this.#control?.end(), this.#pool.end()]).then(() => undefined);
    return this.#ending;
  }
}
