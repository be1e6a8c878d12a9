import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

/** So many messages may be under way. */
const mostUnheard = 1000;
/** A wait looks again after so long, whatever happens. */
const lookAgainMs = 1000;

/**
 * Holds a thread back that says more than the runner can hear: a loop that logs without end would fill the memory of both. The
 * buffer counts what was said and not heard.
 */
export class Flow {
  readonly #unheard: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#unheard = new Int32Array(buffer);
  }

  /** In the thread, after each message; waits, blocking the thread. */
  said(): void {
    let unheard = Atomics.add(this.#unheard, 0, 1) + 1;
    while (unheard > mostUnheard) {
      Atomics.wait(this.#unheard, 0, unheard, lookAgainMs);
      unheard = Atomics.load(this.#unheard, 0);
    }
  }

  /** In the runner, after each message. */
  heard(): void {
    Atomics.sub(this.#unheard, 0, 1);
    Atomics.notify(this.#unheard, 0);
  }
}

/** `ctx.secret` answers at once, so the thread waits for the runner: only what a job asks for leaves it. */
export function askForSecret(
  port: MessagePort,
  answered: SharedArrayBuffer,
  name: string,
): string | undefined {
  const count = new Int32Array(answered);
  let seen = Atomics.load(count, 0);
  port.postMessage(name);
  for (;;) {
    const answer = receiveMessageOnPort(port);
    if (answer !== undefined) {
      const { message }: { message: unknown } = answer;
      return typeof message === 'string' ? message : undefined;
    }
    Atomics.wait(count, 0, seen, lookAgainMs);
    seen = Atomics.load(count, 0);
  }
}

/** The runner's side of {@link askForSecret}. */
export function answerSecrets(
  port: MessagePort,
  answered: SharedArrayBuffer,
  secretOf: (name: string) => string | undefined,
): void {
  const count = new Int32Array(answered);
  port.on('message', (name: unknown) => {
    port.postMessage(typeof name === 'string' ? secretOf(name) : undefined);
    Atomics.add(count, 0, 1);
    Atomics.notify(count, 0);
  });
  port.unref();
}
