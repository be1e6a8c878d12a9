import { Worker } from 'node:worker_threads';
import { builtFile } from '../../files/built-file.ts';
import type { RenderAnswer, Rendered, RenderRequest, TemplateFailureCode } from './render-protocol.ts';

/*
 * Renders templates one after the other in a thread of their own. The thread does the work (template-worker.ts) and answers in
 * order; this side hands it several at a time, holds the clock of the one it is at, and replaces a thread that has not answered
 * in time, has run out of memory or is worn. What it had not come to yet goes to the next thread.
 *
 * | what happens                        | this message                     | the thread | the others     |
 * | ----------------------------------- | -------------------------------- | ---------- | -------------- |
 * | the template is wrong               | `template_error`                 | goes on    | not affected   |
 * | out of fuel, output too long        | `template_limit`                 | goes on    | not affected   |
 * | out of memory                       | `template_limit`                 | replaced   | wait for it    |
 * | no answer in time                   | once more; then `template_limit` | replaced   | wait for it    |
 *
 * A good template must not fail because its machine is busy or was asleep: the limit is the time that this process got of its
 * processors, the clock of the wall counts only when it is thirty times as late, and a time-out is repeated once.
 */

/** This message cannot be rendered, now or later; others are not affected. */
export class TemplateFailure extends Error {
  override readonly name = 'TemplateFailure';
  readonly code: TemplateFailureCode;
  /** A sentence without a full stop. */
  readonly reason: string;

  constructor(code: TemplateFailureCode, reason: string) {
    super(reason);
    this.code = code;
    this.reason = reason;
  }
}

export interface Renderer {
  /** Rejects with a {@link TemplateFailure}. */
  render(request: RenderRequest): Promise<Rendered>;
  /** Ends the thread; what was not rendered is rejected. */
  close(): Promise<void>;
}

export interface RendererOptions {
  /** Of the processor for one message; default 1 second. */
  readonly timeLimitMs?: number;
}

interface Order {
  readonly request: RenderRequest;
  readonly resolve: (rendered: Rendered) => void;
  readonly reject: (error: Error) => void;
  timeouts: number;
}

/** A template that takes its whole limit in this thread's neighbour while this one is busy, too, has used both processors. */
const threads = 2;
/** So often its limit is waited for by the clock of the wall. */
const longestLooks = 30;

/** Handed over at once: waking the thread costs more than a small template does. */
const batch = 25;

/** The thread starts with the first message and does not keep the process alive. */
export function createRenderer(options: RendererOptions = {}): Renderer {
  return new ThreadRenderer(options.timeLimitMs ?? 1000);
}

class ThreadRenderer implements Renderer {
  readonly #timeLimitMs: number;
  readonly #waiting: Order[] = [];
  #worker: Worker | undefined;
  #ready = false;
  /** With the thread; it is at the first. */
  readonly #handed: Order[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(timeLimitMs: number) {
    this.#timeLimitMs = timeLimitMs;
  }

  render(request: RenderRequest): Promise<Rendered> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject, timeouts: 0 });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    this.#replace();
    for (const order of this.#waiting.splice(0)) order.reject(new Error('the renderer was closed'));
    await worker?.terminate();
  }

  #next(): void {
    if (this.#handed.length > 0 || this.#waiting.length === 0) return;
    if (this.#closed) {
      for (const order of this.#waiting.splice(0)) order.reject(new Error('the renderer was closed'));
      return;
    }
    this.#worker ??= this.#start();
    this.#worker.ref();
    if (!this.#ready) return;
    this.#handed.push(...this.#waiting.splice(0, batch));
    this.#worker.postMessage(this.#handed.map(({ request }) => request));
    this.#watch();
  }

  /** The clock of the one that the thread is at. */
  #watch(since = process.cpuUsage(), looks = 1): void {
    const [order] = this.#handed;
    if (order === undefined) return;
    this.#timer = setTimeout(() => {
      // An answer that came while this thread stood still is taken first.
      setImmediate(() => {
        if (this.#handed[0] !== order) return;
        const { user, system } = process.cpuUsage(since);
        if (user + system < threads * this.#timeLimitMs * 1000 && looks < longestLooks)
          this.#watch(since, looks + 1);
        else this.#timedOut(order);
      });
    }, this.#timeLimitMs);
  }

  #start(): Worker {
    const worker = new Worker(builtFile('template-worker'), {
      name: 'templates',
      // Nothing of this process's environment is of use to a template.
      env: {},
      argv: [],
      resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 8 },
      stdout: true,
      stderr: true,
    });
    // What a broken engine prints for its developers.
    worker.stdout.resume();
    worker.stderr.resume();
    worker.on('message', (answer: RenderAnswer) => {
      if (worker === this.#worker) this.#settle(answer);
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (worker === this.#worker) this.#broken(error);
    });
    worker.on('exit', () => {
      if (worker === this.#worker) this.#broken(new Error('the thread of the templates ended'));
    });
    return worker;
  }

  #settle(answer: RenderAnswer): void {
    if (answer.kind === 'ready') {
      this.#ready = true;
      this.#next();
      return;
    }
    const order = this.#take();
    if (answer.worn) this.#replace();
    else this.#watch();
    if (answer.kind === 'rendered') {
      const { subject, html, text } = answer;
      order?.resolve({ subject, html, text });
    } else order?.reject(new TemplateFailure(answer.code, answer.reason));
    if (this.#handed.length === 0 && this.#waiting.length === 0) this.#worker?.unref();
    this.#next();
  }

  #timedOut(order: Order): void {
    this.#take();
    this.#replace();
    order.timeouts += 1;
    if (order.timeouts < 2) this.#waiting.unshift(order);
    else {
      const seconds = this.#timeLimitMs / 1000;
      order.reject(new TemplateFailure('template_limit', `the template takes longer than ${seconds} s`));
    }
    this.#next();
  }

  /** The thread ended by itself: it ran out of memory while rendering, or cannot start at all. */
  #broken(error: NodeJS.ErrnoException): void {
    const order = this.#take();
    this.#replace();
    if (order === undefined) {
      for (const one of this.#waiting.splice(0)) one.reject(error);
      return;
    }
    const memory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    order.reject(
      memory ? new TemplateFailure('template_limit', 'the template needs too much memory') : error,
    );
    this.#next();
  }

  #take(): Order | undefined {
    clearTimeout(this.#timer);
    return this.#handed.shift();
  }

  /** The next message gets a new thread. */
  #replace(): void {
    clearTimeout(this.#timer);
    this.#waiting.unshift(...this.#handed.splice(0));
    const worker = this.#worker;
    this.#worker = undefined;
    this.#ready = false;
    void worker?.terminate();
  }
}
