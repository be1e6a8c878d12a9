import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import type { Problem } from './problem.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  EISDIR: 'it is a folder',
};

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return reasons[code] ?? code;
}

export interface OpenedText {
  /** Without a byte order mark. */
  readonly text: string;
  /** Of the very file that the text is from: who exchanges it after it was opened changes neither. */
  readonly stats: Stats;
}

/** Reads a file and looks at who can have written it. @throws the error of the file system */
function openText(path: string): OpenedText {
  const file = openSync(path, 'r');
  try {
    return { stats: fstatSync(file), text: readFileSync(file, 'utf8').replace(/^\ufeff/, '') };
  } finally {
    closeSync(file);
  }
}

/** A text that can be read; what prevents it goes to `problems`. */
export function readOpened(path: string, name: string, problems: Problem[]): OpenedText | undefined {
  try {
    return openText(path);
  } catch (error) {
    problems.push({ name, origin: path, message: `cannot be read: ${reasonOf(error)}` });
    return undefined;
  }
}

/** The text of a file that somebody named, without a byte order mark; what prevents it goes to `problems`. */
export function readText(path: string, name: string, problems: Problem[]): string | undefined {
  return readOpened(path, name, problems)?.text;
}
