import { Worker } from 'node:worker_threads';
import { builtFile } from '../../built-file.ts';
import { EmbeddedDatabaseError, EmbeddedThreadEndedError } from './embedded-error.ts';
import type { RawResult, WorkerAnswer, WorkerRequest } from './worker-protocol.ts';

type Body<R> = R extends unknown ? Omit<R, 'id'> : never;

interface Pending {
  readonly resolve: (result: RawResult) => void;
  readonly reject: (error: Error) => void;
}

/** One thread with one open embedded database. Once ended it stays ended. */
export class DatabaseThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  /** Resolves when nothing of it runs any more. */
  readonly exited: Promise<void>;
  #lastId = 0;
  #ended: EmbeddedThreadEndedError | undefined;
  /** The end of what PGlite wrote for people; it explains a breakdown. */
  #output = '';

  private constructor() {
    this.#worker = new Worker(builtFile('pglite-worker'), {
      name: 'embedded database',
      stdout: true,
      stderr: true,
    });
    // An idle database must not keep the process alive; while something is asked of it, it does.
    this.#worker.unref();
    this.#worker.on('message', (answer: WorkerAnswer) => this.#settle(answer));
    this.#worker.on('error', (error) => this.#end(new EmbeddedThreadEndedError(false, error.message)));
    this.exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#end(new EmbeddedThreadEndedError(false, this.#output.trim()));
        resolve();
      });
    });
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-2000);
      });
    }
  }

  /** Starts a thread and opens the data folder in it; the signal ends both, and what was half done is recovered by the next start. */
  static async start(pgData: string, signal?: AbortSignal): Promise<DatabaseThread> {
    signal?.throwIfAborted();
    const thread = new DatabaseThread();
    const abort = () => void thread.cancel();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await thread.#ask({ kind: 'open', pgData });
      return thread;
    } catch (error) {
      await thread.#stop();
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  query(sql: string, parameters: readonly (string | null)[]): Promise<RawResult> {
    return this.#ask({ kind: 'query', sql, parameters });
  }

  copy(sql: string, bytes: Uint8Array<ArrayBuffer>): Promise<RawResult> {
    return this.#ask({ kind: 'copy', sql, bytes });
  }

  /** Ends the thread under whatever it is doing; the next start of the folder recovers what was committed. */
  async cancel(): Promise<void> {
    this.#end(new EmbeddedThreadEndedError(true, ''));
    await this.#stop();
  }

  /** Lets PostgreSQL shut down, then ends the thread. A statement that is still running is not waited for. */
  async close(): Promise<void> {
    try {
      if (this.#pending.size > 0) await this.cancel();
      else if (this.#ended === undefined) await this.#ask({ kind: 'close' });
    } finally {
      await this.#stop();
    }
  }

  #ask(body: Body<WorkerRequest>): Promise<RawResult> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ id, ...body } satisfies WorkerRequest);
    });
  }

  #settle(answer: WorkerAnswer): void {
    const pending = this.#pending.get(answer.id);
    if (pending === undefined) return;
    this.#pending.delete(answer.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if (answer.kind === 'done') {
      pending.resolve(answer.result);
      return;
    }
    const error = new EmbeddedDatabaseError(answer.error);
    pending.reject(error);
    // A server would end its session, or restart; PGlite never answers again, so its thread is ended for it.
    if (error.severity === 'PANIC' || error.severity === 'FATAL') {
      this.#end(new EmbeddedThreadEndedError(false, error.message));
      void this.#worker.terminate();
    }
  }

  #end(error: EmbeddedThreadEndedError): void {
    this.#ended ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
  }

  async #stop(): Promise<void> {
    await this.#worker.terminate();
    await this.exited;
  }
}
