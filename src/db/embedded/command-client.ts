import { createConnection, type Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { ExitCode } from '../../errors/exit-code.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import { usage } from '../../errors/usage.ts';
import { drained } from '../../files/drained.ts';
import { version } from '../../service/version.ts';
import {
  type Frame,
  frameSchema,
  longestLine,
  parseLine,
  protocolVersion,
  type RemoteCommand,
  readLines,
  toLine,
} from './command-protocol.ts';
import type { OfferingOwner } from './owner.ts';
import { SocketFolder } from './socket-folder.ts';

/** Where the output of a command goes, and what stops it. */
export interface CommandTerminal {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly stop: AbortSignal;
  /** Told before anything is written to stdout. */
  readonly onResult: () => void;
}

/**
 * Lets the owner run the command; what it prints is printed here, and what stops this process stops it.
 *
 * @returns its exit code; undefined when the owner went away, or stopped taking commands, before it took this one.
 * @throws OperatorError `other_version` (exit 3), `owner_gone` (exit 6), `command_too_long` (exit 2).
 */
export async function runAtOwner(
  owner: OfferingOwner,
  command: RemoteCommand,
  terminal: CommandTerminal,
): Promise<ExitCode | undefined> {
  if (owner.version !== version)
    throw otherVersion(owner, `it is version ${owner.version}, this is ${version}`);
  const request = toLine({ request: 'run', protocol: protocolVersion, version, command });
  if (Buffer.byteLength(request) > longestLine) throw tooLong(owner);
  const sockets = new SocketFolder(owner.folder);
  const socket = createConnection(sockets.path(owner.socket));
  const onStop = () => {
    if (!socket.destroyed) socket.write(toLine({ stop: terminal.stop.reason }));
  };
  try {
    socket.write(request);
    terminal.stop.addEventListener('abort', onStop);
    if (terminal.stop.aborted) onStop();
    return await follow(socket, owner, terminal);
  } finally {
    terminal.stop.removeEventListener('abort', onStop);
    socket.destroy();
    sockets.close();
  }
}

/** Prints what comes until the exit code does. */
async function follow(
  socket: Socket,
  owner: OfferingOwner,
  terminal: CommandTerminal,
): Promise<ExitCode | undefined> {
  let accepted = false;
  let end: { readonly exit: ExitCode } | { readonly refused: string } | undefined;
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    readLines(socket, (line) => {
      const frame: Frame | undefined = parseLine(frameSchema, line);
      if (frame === undefined) socket.destroy();
      else if ('accepted' in frame) accepted = true;
      else if ('stream' in frame) {
        if (frame.stream === 'stdout') terminal.onResult();
        print(socket, terminal[frame.stream], Buffer.from(frame.data, 'base64'));
      } else {
        end = frame;
        resolve();
      }
    });
  });
  if (end === undefined) {
    if (accepted) throw ownerGone(owner);
    return undefined;
  }
  if ('refused' in end) throw otherVersion(owner, end.refused);
  return end.exit;
}

/** A terminal that takes no more for now makes the owner wait; one that is gone (`| head`) takes all and shows nothing. */
function print(socket: Socket, output: Writable, data: Buffer): void {
  if (output.destroyed || output.write(data)) return;
  socket.pause();
  void drained(output).then(() => socket.resume());
}

function ownerGone(owner: OfferingOwner): OperatorError {
  return new OperatorError({
    code: 'owner_gone',
    message: `Process ${owner.pid} (${owner.command}), which ran this command on the embedded database in ${owner.folder}, ended before the command did.`,
    next: 'Look at `runs list` for how a run ended, and run it again.',
    exitCode: ExitCode.unavailable,
  });
}

function tooLong(owner: OfferingOwner): OperatorError {
  return usage(
    `The command line and its environment have more than 1 MB; process ${owner.pid} (${owner.command}), which has the embedded database in ${owner.folder}, takes less.`,
    'Give fewer arguments.',
    'command_too_long',
  );
}

function otherVersion(owner: OfferingOwner, what: string): OperatorError {
  return new OperatorError({
    code: 'other_version',
    message: `Process ${owner.pid} (${owner.command}) has the embedded database in ${owner.folder} and runs commands for its own version only: ${what}.`,
    next: 'Restart it, so that it is the version that is installed now, or stop it.',
    exitCode: ExitCode.notRun,
  });
}
