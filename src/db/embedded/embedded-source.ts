import { AsyncLocalStorage } from 'node:async_hooks';
import type { ConnectionScope, ConnectionSource, SqlConnection } from '../driver/sql-connection.ts';
import { toOperatorError } from '../errors.ts';
import { shortStatementMs } from '../statement-limits.ts';
import type { DatabaseThread } from './database-thread.ts';
import { EmbeddedConnection } from './embedded-connection.ts';
import { EmbeddedThreadEndedError } from './embedded-error.ts';
import type { Place } from './place-error.ts';

/** No connection. */
const unheld = Symbol('unheld');

interface Waiting {
  readonly scope: ConnectionScope | undefined;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface EmbeddedSourceOptions extends Place {
  /** Starts another thread, when the one before has ended. @throws an error for people. */
  readonly restart: () => Promise<DatabaseThread>;
  readonly onEnd: () => Promise<void>;
  /** Of each statement that is in no scope with a limit of its own. */
  readonly statementLimitMs?: number;
  readonly idleLimitMs?: number;
}

/** How long a holder may leave the connection idle while another waits, before the waiting is taken for a deadlock. */
const transactionIdleLimitMs = 10_000;

/**
 * The one connection of an embedded database; who wants it waits in line. Two things that would wait for ever end with an
 * error instead: a query through the outer `db` inside a transaction's callback, found at once; and a query that waits for a
 * transaction of its own scope which does nothing and is driven from outside of any callback, found after a while. Everybody
 * else waits as long as that takes.
 */
export class EmbeddedSource implements ConnectionSource {
  /** The database for people. */
  readonly label: string;
  readonly #options: EmbeddedSourceOptions;
  readonly #scope = new AsyncLocalStorage<SqlConnection | typeof unheld>();
  #waiting: Waiting[] = [];
  /** Somebody has the connection, or is about to: whoever comes waits. */
  #taken = false;
  #starting: Promise<DatabaseThread> | undefined;
  #thread: DatabaseThread;
  #holder: EmbeddedConnection | undefined;
  #ending: Promise<void> | undefined;

  constructor(thread: DatabaseThread, options: EmbeddedSourceOptions) {
    this.label = options.label;
    this.#options = options;
    this.#thread = thread;
    // Node 20 and 22 follow only what is awaited after the first use: what went before would be found in whatever is open then.
    this.#scope.run(unheld, () => undefined);
  }

  async acquire(scope?: ConnectionScope): Promise<SqlConnection> {
    if (this.#ending !== undefined) throw closed();
    if (this.#taken) {
      if (this.#holder !== undefined && this.#isOf(this.#holder)) throw deadlock();
      await this.#wait(scope);
    }
    // Before the first await, and not given up between two holders: nobody can slip in between.
    this.#taken = true;
    try {
      return await this.#hold(scope);
    } catch (error) {
      this.#passOn();
      throw error;
    }
  }

  release(connection: SqlConnection): void {
    if (connection === this.#holder) this.#passOn();
  }

  whileHolding<T>(connection: SqlConnection, work: () => Promise<T>): Promise<T> {
    return this.#scope.run(connection, work);
  }

  /** Is this called by the work for which the connection was taken? */
  #isOf(connection: SqlConnection): boolean {
    return this.#scope.getStore() === connection;
  }

  async cancelStatements(scope?: ConnectionScope): Promise<void> {
    if (scope !== undefined) this.#rejectWaiting(scope);
    if (this.#holder === undefined || this.#holder.running === 0) return;
    if (scope === undefined || scope.inUse.has(this.#holder)) await this.#thread.cancel();
  }

  async abandon(scope: ConnectionScope): Promise<void> {
    await this.cancelStatements(scope);
    const holder = this.#holder;
    if (holder === undefined || !scope.inUse.has(holder)) return;
    await this.#thread.cancel();
    if (holder === this.#holder) this.#passOn();
  }

  #rejectWaiting(scope: ConnectionScope): void {
    const cancelled = this.#waiting.filter((one) => one.scope === scope);
    this.#waiting = this.#waiting.filter((one) => one.scope !== scope);
    const error = toOperatorError(new EmbeddedThreadEndedError({ cancelled: true }), this.label);
    for (const { reject } of cancelled) reject(error);
  }

  end(): Promise<void> {
    this.#ending ??= this.#close();
    return this.#ending;
  }

  async #close(): Promise<void> {
    for (const { reject } of this.#waiting) reject(closed());
    this.#waiting = [];
    try {
      // A thread must never run on a folder that is not ours any more.
      await this.#starting?.catch(() => undefined);
      await this.#thread.close();
    } finally {
      await this.#options.onEnd();
    }
  }

  async #hold(scope: ConnectionScope | undefined): Promise<SqlConnection> {
    if (this.#ending === undefined && this.#thread.ended) {
      const { exited } = this.#thread;
      // Two threads on one folder would corrupt it, and this one may only just have been asked to end.
      this.#starting = exited.then(() => this.#options.restart());
      this.#thread = await this.#starting;
    }
    if (this.#ending !== undefined) throw closed();
    const limitMs = scope?.statementLimitMs ?? this.#options.statementLimitMs ?? shortStatementMs;
    const holder = new EmbeddedConnection(this.#thread, this.#options, scope, limitMs, () =>
      this.#isOf(holder),
    );
    this.#holder = holder;
    return holder;
  }

  #passOn(): void {
    this.#holder = undefined;
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken = false;
    else next.resolve();
  }

  #wait(scope: ConnectionScope | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const watch = this.#watchHolder(scope, () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        reject(deadlock());
      });
      const waiting: Waiting = {
        scope,
        resolve: () => {
          clearInterval(watch);
          resolve();
        },
        reject: (error) => {
          clearInterval(watch);
          reject(error);
        },
      };
      this.#waiting.push(waiting);
    });
  }

  /** Calls back when the same holder, of this scope and driven from elsewhere, was found idle at each of ten looks in a row. */
  #watchHolder(scope: ConnectionScope | undefined, onIdle: () => void): NodeJS.Timeout {
    let looks = 0;
    let holder = this.#holder;
    let used = holder?.used;
    const watch = setInterval(
      () => {
        const idle = holder === this.#holder && holder?.running === 0 && used === holder.used;
        const same = idle && holder?.scope === scope && holder?.lent;
        looks = same ? looks + 1 : 0;
        holder = this.#holder;
        used = holder?.used;
        if (looks < 10) return;
        clearInterval(watch);
        onIdle();
      },
      (this.#options.idleLimitMs ?? transactionIdleLimitMs) / 10,
    );
    watch.unref();
    return watch;
  }
}

function closed(): Error {
  return new Error('the embedded database is closed');
}

function deadlock(): Error {
  return new Error(
    'a query outside the open transaction waits for the connection that the transaction holds: inside a transaction, use its own `trx`',
  );
}
