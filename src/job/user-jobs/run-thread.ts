import { Worker } from 'node:worker_threads';
import { ExitCode } from '../../errors/exit-code.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import { builtFile } from '../../files/built-file.ts';
import type { QueuedMessage } from '../../notify/notifier.ts';
import type { JsonObject } from '../../text/json.ts';
import { Flow } from './thread-flow.ts';
import { engineLimits, mostMegabytes, watchMemory } from './thread-memory.ts';
import type { FromThread, ThreadOrder, ToThread } from './thread-protocol.ts';
import { unpackError } from './thrown-error.ts';

/** A thread that is blocked in the system cannot be ended; the record of its run does not wait. */
const endingMs = 2000;

/** What a thread says before its end. */
export type Saying = Exclude<FromThread, { readonly kind: 'started' | 'returned' | 'threw' }>;

/** A thread at its work. */
export class RunThread {
  /** What the job returned; rejects with what it threw, or with how the thread ended without either. */
  readonly result: Promise<JsonObject>;
  /** Resolves when nothing of it runs any more. */
  readonly exited: Promise<void>;
  /** Known when the job has ended. */
  queued: readonly QueuedMessage[] = [];
  readonly #worker: Worker;

  constructor(order: ThreadOrder, onSaying: (saying: Saying) => void) {
    const { job } = order;
    const worker = startWorker(order);
    this.#worker = worker;
    this.exited = new Promise((resolve) => {
      worker.once('exit', () => resolve());
    });
    const flow = new Flow(order.flow);
    this.result = new Promise((resolve, reject) => {
      let memory: ReturnType<typeof watchMemory> | undefined;
      worker.on('message', (message: FromThread) => {
        flow.heard();
        if (message.kind === 'started') {
          memory = watchMemory(worker, message.taskId, () => {
            reject(outOfMemory(job));
            void worker.terminate();
          });
          return;
        }
        if (message.kind !== 'returned' && message.kind !== 'threw') {
          onSaying(message);
          return;
        }
        this.queued = message.queued;
        if (message.kind === 'threw') reject(unpackError(message.error));
        else resolve(JSON.parse(message.json));
      });
      worker.once('error', (error: NodeJS.ErrnoException) => {
        reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? outOfMemory(job) : error);
      });
      worker.once('exit', (code) => {
        memory?.stop();
        reject(exitedEarly(job, code));
      });
    });
    this.result.catch(() => undefined);
  }

  tell(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  /** Whatever it is doing. */
  async end(): Promise<void> {
    void this.#worker.terminate();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, endingMs);
    });
    await Promise.race([this.exited, late]);
    clearTimeout(timer);
  }
}

/** @throws OperatorError `not_for_a_thread`. */
function startWorker(order: ThreadOrder): Worker {
  try {
    return new Worker(builtFile('user-job-worker'), {
      name: order.job,
      workerData: order,
      transferList: [order.secrets.port],
      resourceLimits: engineLimits,
    });
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw new OperatorError({
      code: 'not_for_a_thread',
      message: `The parameters or settings of ${order.job} cannot be given to its thread: ${error.message}.`,
      next: 'Let the schemas of the job give plain values: no functions, and no objects of classes of its own.',
      exitCode: ExitCode.failed,
      cause: error,
    });
  }
}

function outOfMemory(job: string): OperatorError {
  return new OperatorError({
    code: 'job_out_of_memory',
    message: `The job ${job} needed more than ${mostMegabytes} MB of memory; its thread was ended.`,
    next: 'Let the job work on its data in parts, or leave more of it to the database.',
    exitCode: ExitCode.failed,
  });
}

function exitedEarly(job: string, code: number): OperatorError {
  return new OperatorError({
    code: 'job_exited',
    message: `The job ${job} ended its thread with process.exit(${code}) before it returned.`,
    next: 'Let the job return its result, or throw an error.',
    exitCode: ExitCode.failed,
  });
}
