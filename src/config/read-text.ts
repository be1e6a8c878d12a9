import { type FileText, readNamedFile, type Unreadable } from '../files/read-small-file.ts';
import type { Problem } from './problem.ts';

/** What was read; what prevented it goes to `problems`. */
export function orProblem(
  read: FileText | Unreadable,
  path: string,
  name: string,
  problems: Problem[],
): FileText | undefined {
  if ('text' in read) return read;
  problems.push({ name, origin: path, message: `cannot be read: ${read.reason}` });
  return undefined;
}

/** The text of a file that somebody named, without a byte order mark; what prevents it goes to `problems`. */
export function readText(path: string, name: string, problems: Problem[]): string | undefined {
  return orProblem(readNamedFile(path), path, name, problems)?.text;
}
