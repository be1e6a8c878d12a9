import type { Socket } from 'node:net';
import { z } from 'zod';
import { ExitCode } from '../../errors/exit-code.ts';

/*
 * Command lines that the owner of an embedded database runs for other terminals, over the socket of its folder.
 *
 * Model: a connection is one command. The client sends `run`, a line of JSON with the command line and all that it may see of
 * the client's world; the owner answers `accepted`, then a line for each piece of output, and at last the exit code. The client
 * may send `stop` meanwhile. Access is the socket's: 0600 in a folder of mode 0700, so both sides are the same user, or root.
 * Flow: who reads slowly is written to slowly, from the terminal of the client to the command.
 *
 * | what happens                            | what becomes of it                                                 |
 * | the client goes away                    | its command is stopped as by SIGINT                                |
 * | Ctrl-C, SIGTERM at the client           | the command is stopped by it, and the client ends with its exit code |
 * | the owner goes away before `accepted`   | the client takes the folder itself, or finds the next owner        |
 * | the owner goes away after it            | `owner_gone`, exit 6                                               |
 * | the owner is asked to stop               | it takes no new command, and ends those that run with SIGTERM     |
 * | another version of the program          | refused, with both versions                                        |
 * | a line of more than 1 MB                | the connection is closed; a client says so before it sends one     |
 *
 * Not promised: that a run whose client was killed did nothing; `runs list` tells how it ended.
 */

/** Changes with the form of the messages. */
export const protocolVersion = 1;

/** Who may run a command line there: what `hello` tells. */
export const offerSchema = z.object({ protocol: z.number(), version: z.string() });
export type CommandOffer = z.output<typeof offerSchema>;

/** A command line, and the world of the one who typed it. */
export const commandSchema = z.object({
  args: z.array(z.string()),
  cwd: z.string(),
  /** Decides the configuration; the database is the owner's. */
  env: z.record(z.string(), z.string()),
  /** Who types, as the operating system calls them. */
  userName: z.string(),
  columns: z.number().nullable(),
  color: z.boolean(),
  stdoutIsTerminal: z.boolean(),
  stderrIsTerminal: z.boolean(),
});
export type RemoteCommand = z.output<typeof commandSchema>;

export const runRequestSchema = z.object({
  request: z.literal('run'),
  ...offerSchema.shape,
  command: commandSchema,
});

export const stopSchema = z.object({ stop: z.enum(['SIGINT', 'SIGTERM', 'SIGHUP']) });

/** What comes back. `data` is base64: output may be cut in the middle of a character. */
export const frameSchema = z.union([
  z.object({ accepted: z.literal(true) }),
  z.object({ refused: z.string() }),
  z.object({ stream: z.enum(['stdout', 'stderr']), data: z.base64() }),
  z.object({ exit: z.literal(Object.values(ExitCode)) }),
]);
export type Frame = z.output<typeof frameSchema>;

/** In bytes. Command lines and what the program reads of an environment are far smaller; output comes in pieces. */
export const longestLine = 1024 * 1024;

/** Gives each line that comes; a socket that breaks, or whose line has no end, is closed. */
export function readLines(socket: Socket, onLine: (line: string) => void): void {
  let held: string[] = [];
  let length = 0;
  socket.on('error', () => socket.destroy());
  socket.setEncoding('utf8').on('data', (text: string) => {
    const [first = '', ...lines] = text.split('\n');
    held.push(first);
    length += Buffer.byteLength(first);
    for (const line of lines) {
      if (length > longestLine) break;
      onLine(held.join(''));
      held = [line];
      length = Buffer.byteLength(line);
    }
    if (length > longestLine) socket.destroy();
  });
}

/** A line as what the schema says; undefined: it is something else. */
export function parseLine<T>(schema: z.ZodType<T>, line: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

export function toLine(message: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(message)}\n`;
}
