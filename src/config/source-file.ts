import { lstatSync, type Stats } from 'node:fs';
import { type FileText, readFoundFile, readNamedFile } from '../files/read-small-file.ts';
import { distrustOf, distrustOfNamed } from '../files/trust.ts';
import type { Problem } from './problem.ts';
import { orProblem } from './read-text.ts';

/** A file that the configuration comes from. */
export interface SourceFile {
  readonly path: string;
  /** The option that names such a file. */
  readonly option: '--env-file' | '--config';
  /** Somebody named it; otherwise it is only there, in the working folder, which may be anybody's. */
  readonly named: boolean;
}

function problemOf(file: SourceFile, stats: Stats): Pick<Problem, 'message' | 'hint'> | undefined {
  const anybodys = distrustOfNamed(stats);
  const distrust = file.named ? anybodys : distrustOf(stats, 'file');
  if (distrust === undefined) return undefined;
  const message = `is refused: ${distrust}`;
  return file.named || anybodys !== undefined
    ? { message }
    : { message, hint: `if you trust it, name it with ${file.option}` };
}

/**
 * Reads a file that decides where messages go and what code runs: one that another user may have planted is refused, with the
 * reason among the `problems`.
 */
export function readSource(file: SourceFile, name: string, problems: Problem[]): FileText | undefined {
  const read = file.named ? readNamedFile(file.path) : readFoundFile(file.path);
  const opened = orProblem(read, file.path, name, problems);
  const problem = opened === undefined ? undefined : problemOf(file, opened.stats);
  if (problem === undefined) return opened;
  problems.push({ name, origin: file.path, ...problem });
  return undefined;
}

/** Is a file in the working folder? Also a link that leads nowhere: who made it wants it read. A folder that is closed to this user has none for it. */
export function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
