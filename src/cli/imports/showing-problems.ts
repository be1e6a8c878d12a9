import { join } from 'node:path';
import { RefusedFile, shownProblems } from '../../import/problems.ts';
import type { Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { writeLine } from '../render/line.ts';

/** Does a part of an import that may refuse the file, and then shows its problems; the error goes on to whoever says its sentence. */
export async function showingProblems<T>(io: Io, json: boolean, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RefusedFile) printProblems(io, error, json);
    throw error;
  }
}

/** Every problem of a refused file: on stderr, one a line, or as the JSON document. */
function printProblems(io: Io, error: RefusedFile, json: boolean): void {
  const { file, problems, problemCount } = error;
  if (json) {
    writeJson(io, {
      file,
      problem_count: problemCount,
      problems: problems.map(({ line, column, file: part, message }) => ({
        ...(part === undefined ? { line } : { file: part }),
        ...(column === undefined ? {} : { column }),
        message,
      })),
      error: { code: error.code, message: error.message, next: error.next },
    });
    return;
  }
  for (const { line, column, file: part, message } of problems) {
    const place = column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`;
    writeLine(io.stderr, `${part === undefined ? place : join(file, part)}: ${message}`);
  }
  if (problemCount > problems.length) writeLine(io.stderr, `(the first ${shownProblems} of ${problemCount})`);
}
