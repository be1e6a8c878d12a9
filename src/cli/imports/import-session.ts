import { stat } from 'node:fs/promises';
import { usage } from '../../errors/usage.ts';
import type { Io } from '../io.ts';
import type { SessionOptions } from '../session-options.ts';
import { statementLimitOf } from '../statement-timeout.ts';

/** A path that is another file in each process. */
const ofOneProcess = /^\/(proc|dev\/(fd|std))/;

/**
 * How an import opens its session: the process that holds the embedded database runs it, where it can open the same file. A pipe or
 * standard input belongs to this process alone, and is read once.
 *
 * @param path absolute path
 * @param file the path as the person typed it
 * @throws OperatorError `file_not_readable` (exit 2) for such a file in a command that is run for another terminal.
 */
export async function importSession(
  io: Io,
  path: string,
  file: string,
  options: { readonly timeout?: string | undefined },
): Promise<SessionOptions> {
  const stats = await stat(path).catch(() => undefined);
  const shared = stats === undefined || stats.isFile() || stats.isDirectory();
  const statementLimitMs = statementLimitOf(options);
  if (shared && !ofOneProcess.test(path)) return { isLong: true, statementLimitMs };
  if (io.held === undefined) return { isLong: true, onlyHere: true, statementLimitMs };
  throw usage(
    `${file} cannot be read for another terminal: it is not a file on disk.`,
    'Give the path of a file.',
    'file_not_readable',
  );
}
