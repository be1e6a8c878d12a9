import { AsyncResource } from 'node:async_hooks';
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ExitCode } from '../../errors/exit-code.ts';
import { drained } from '../../files/drained.ts';
import { version } from '../../service/version.ts';
import {
  type CommandOffer,
  type Frame,
  parseLine,
  protocolVersion,
  type RemoteCommand,
  runRequestSchema,
  stopSchema,
  toLine,
} from './command-protocol.ts';

/** A command that somebody else typed, and where its output goes. */
export interface ServedCommand extends RemoteCommand {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Aborted, with a signal's name as its reason, when the client says so or goes away. */
  readonly stop: AbortSignal;
}

/** Runs a command and gives its exit code. */
export type RunServed = (command: ServedCommand) => Promise<ExitCode>;

/** What this program offers. */
export const ownOffer: CommandOffer = { protocol: protocolVersion, version };

/** The commands that this process runs for others. */
export class CommandServer {
  readonly #run: RunServed;
  /** A command is nobody's transaction, whatever was going on when it came in. */
  readonly #context = new AsyncResource('CommandServer');
  readonly #running = new Map<AbortController, Promise<void>>();
  #open = true;

  constructor(run: RunServed) {
    this.#run = run;
  }

  /** Takes a connection over whose first line was this; undefined: it is no such request. Gives who takes the lines to come. */
  take(socket: Socket, line: string): ((line: string) => void) | undefined {
    const request = parseLine(runRequestSchema, line);
    if (request === undefined || !this.#open) return undefined;
    const { protocol, version: wanted, command } = request;
    if (protocol !== protocolVersion || wanted !== version) {
      socket.end(
        toLine({
          refused: `this is version ${version} with protocol ${protocolVersion}, not ${wanted} with ${protocol}`,
        } satisfies Frame),
      );
      return () => undefined;
    }
    const stop = new AbortController();
    const served = this.#context.runInAsyncScope(() => this.#serve(socket, command, stop));
    const running = served.finally(() => this.#running.delete(stop));
    this.#running.set(stop, running);
    return (text) => {
      const told = parseLine(stopSchema, text);
      // Nonsense is no reason to go on either.
      stop.abort(told?.stop ?? 'SIGINT');
    };
  }

  /** Takes no more; after `graceMs` those that run are asked to stop, and so long again is waited for them. */
  async end(graceMs: number): Promise<void> {
    this.#open = false;
    const ended = Promise.all(this.#running.values());
    await withinMs(ended, graceMs);
    for (const stop of this.#running.keys()) stop.abort('SIGTERM');
    await withinMs(ended, graceMs);
  }

  async #serve(socket: Socket, command: RemoteCommand, stop: AbortController): Promise<void> {
    socket.once('close', () => stop.abort('SIGINT'));
    // A command that does not end by itself must not keep the owner alive, but its last words must be said.
    socket.ref();
    socket.write(toLine({ accepted: true } satisfies Frame));
    const stdout = outputTo(socket, 'stdout', command.stdoutIsTerminal, command.columns);
    const stderr = outputTo(socket, 'stderr', command.stderrIsTerminal, command.columns);
    const exit = await this.#run({ ...command, stdout, stderr, stop: stop.signal });
    await Promise.all([stdout, stderr].map((stream) => finished(stream.end())));
    socket.end(toLine({ exit } satisfies Frame));
  }
}

async function withinMs(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/** Small enough that a slow reader holds little, large enough that megabytes are few lines. */
const pieceBytes = 48 * 1024;

/** What is written goes over the socket, as fast as the other side reads; once that is gone, nowhere. */
function outputTo(
  socket: Socket,
  stream: 'stdout' | 'stderr',
  isTerminal: boolean,
  columns: number | null,
): Writable {
  const output = new Writable({
    decodeStrings: true,
    write: (chunk: Buffer, _encoding, done) => {
      void sendPieces(socket, stream, chunk).then(() => done());
    },
  });
  // As of a stream of the process itself: a progress bar asks for it.
  return isTerminal ? Object.assign(output, { isTTY: true, columns: columns ?? undefined }) : output;
}

async function sendPieces(socket: Socket, stream: 'stdout' | 'stderr', chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length; at += pieceBytes) {
    const data = chunk.subarray(at, at + pieceBytes).toString('base64');
    if (socket.destroyed || socket.write(toLine({ stream, data } satisfies Frame))) continue;
    await drained(socket);
  }
}
