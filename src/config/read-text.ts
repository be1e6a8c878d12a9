import { readFileSync } from 'node:fs';
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

/** The text of a file that somebody named, without a byte order mark; what prevents it goes to `problems`. */
export function readText(path: string, name: string, problems: Problem[]): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    problems.push({ name, origin: path, message: `cannot be read: ${reasonOf(error)}` });
    return undefined;
  }
}
