import { Worker } from 'node:worker_threads';
import { builtFile } from '../../files/built-file.ts';
import { EmbeddedDatabaseError, EmbeddedThreadEndedError } from './embedded-error.ts';
import type {
  FileTrouble,
  RawResult,
  WorkerAnswer,
  WorkerMessage,
  WorkerRequest,
} from './worker-protocol.ts';

type Body<R> = R extends unknown ? Omit<R, 'id'> : never;

interface Pending {
  readonly resolve: (result: RawResult) => void;
  readonly reject: (error: Error) => void;
}

/** The disk takes no more or is broken: PostgreSQL panics, and PGlite then answers no more. */
const diskCodes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EIO']);

/** How long after that an answer may still come. */
const answerAfterTroubleMs = 5000;

/** Opening recovers what a killed process left, which may be a gigabyte. */
const openLimitMs = 10 * 60_000;

/** Started early, and not used yet. */
let early: DatabaseThread | undefined;

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
  /** The file call that failed since something was asked; one of the disk before another. */
  #trouble: FileTrouble | undefined;
  #noAnswer: NodeJS.Timeout | undefined;

  private constructor() {
    this.#worker = new Worker(builtFile('pglite-worker'), {
      name: 'embedded database',
      stdout: true,
      stderr: true,
    });
    // An idle database must not keep the process alive; while something is asked of it, it does.
    this.#worker.unref();
    this.#worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'trouble') this.#note(message.trouble);
      else this.#settle(message);
    });
    this.#worker.on('error', (error) => this.#end(this.#brokenDown(error.message)));
    this.exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#end(this.#brokenDown(this.#output.trim()));
        resolve();
      });
    });
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-2000);
      });
    }
  }

  /** Starts the thread that the next {@link start} uses, so that it loads PGlite meanwhile. It opens nothing. */
  static startEarly(): void {
    early ??= new DatabaseThread();
  }

  static #take(): DatabaseThread {
    const thread = early;
    early = undefined;
    return thread === undefined || thread.ended ? new DatabaseThread() : thread;
  }

  /** Starts a thread and opens the data folder in it, or `files`, whose memory it takes over; the signal ends both, and what was half done is recovered by the next start. */
  static async start(
    pgData: string,
    signal?: AbortSignal,
    files?: Uint8Array<ArrayBuffer>,
  ): Promise<DatabaseThread> {
    signal?.throwIfAborted();
    const thread = DatabaseThread.#take();
    const abort = () => void thread.cancel();
    signal?.addEventListener('abort', abort, { once: true });
    const limit = setTimeout(() => void thread.endAfter(openLimitMs), openLimitMs);
    try {
      await (files === undefined
        ? thread.#ask({ kind: 'open', pgData })
        : thread.#ask({ kind: 'open', pgData, files }, [files.buffer]));
      return thread;
    } catch (error) {
      await thread.#stop();
      signal?.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(limit);
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
    this.#end(new EmbeddedThreadEndedError({ cancelled: true }));
    await this.#stop();
  }

  /** As {@link cancel}, for what took longer than its limit. */
  async endAfter(limitMs: number): Promise<void> {
    this.#end(new EmbeddedThreadEndedError({ limitMs, trouble: this.#trouble }));
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

  #ask(body: Body<WorkerRequest>, transferred: readonly ArrayBuffer[] = []): Promise<RawResult> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#lastId += 1;
    if (this.#pending.size === 0) this.#trouble = undefined;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ id, ...body } satisfies WorkerRequest, transferred);
    });
  }

  #settle(answer: WorkerAnswer): void {
    const pending = this.#pending.get(answer.id);
    if (pending === undefined) return;
    this.#pending.delete(answer.id);
    clearTimeout(this.#noAnswer);
    this.#noAnswer = undefined;
    if (this.#pending.size === 0) this.#worker.unref();
    if (answer.kind === 'done') {
      pending.resolve(answer.result);
      return;
    }
    const error = new EmbeddedDatabaseError(answer.error, this.#trouble);
    pending.reject(error);
    // A server would end its session, or restart; PGlite never answers again, so its thread is ended for it.
    if (error.severity === 'PANIC' || error.severity === 'FATAL') {
      this.#end(this.#brokenDown(error.message));
      void this.#worker.terminate();
    }
  }

  #note(trouble: FileTrouble): void {
    const ofDisk = diskCodes.has(trouble.code);
    if (this.#trouble === undefined || ofDisk) this.#trouble = trouble;
    if (!ofDisk || this.#pending.size === 0) return;
    this.#noAnswer ??= setTimeout(() => {
      this.#end(this.#brokenDown(''));
      void this.#stop();
    }, answerAfterTroubleMs);
  }

  #brokenDown(output: string): EmbeddedThreadEndedError {
    return new EmbeddedThreadEndedError({ output, trouble: this.#trouble });
  }

  #end(error: EmbeddedThreadEndedError): void {
    this.#ended ??= error;
    clearTimeout(this.#noAnswer);
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
  }

  async #stop(): Promise<void> {
    await this.#worker.terminate();
    await this.exited;
  }
}
