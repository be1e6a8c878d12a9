import { ExitCode } from '../errors/exit-code.ts';
import { OperatorError } from '../errors/operator-error.ts';
import { count } from '../text/count.ts';

/** How many problems of a file are kept and shown; the rest are only counted. */
export const shownProblems = 100;

/** One thing that is wrong with a file. Lines and columns count from 1, as editors show them. */
export interface FileProblem {
  readonly line: number;
  /** Of a folder: which of its files; the line says nothing then. */
  readonly file?: string;
  readonly column?: number;
  readonly message: string;
}

function byPlace(left: FileProblem, right: FileProblem): number {
  return left.line - right.line || (left.column ?? 0) - (right.column ?? 0);
}

/**
 * Collects what is wrong with a file, so that a person corrects it once and not a line at a time. Memory stays bounded:
 * only the first {@link shownProblems} by place are kept.
 */
export class ProblemList {
  #count = 0;
  #kept: FileProblem[] = [];

  /** How many were found in all. */
  get count(): number {
    return this.#count;
  }

  /** The first ones, by line. */
  get first(): readonly FileProblem[] {
    return this.#kept.toSorted(byPlace).slice(0, shownProblems);
  }

  add(problem: FileProblem): void {
    this.addAll([problem]);
  }

  addAll(problems: Iterable<FileProblem>): void {
    for (const problem of problems) {
      this.#count += 1;
      this.#keep(problem);
    }
  }

  /** Adds the first of `total` problems of one kind that were counted elsewhere. */
  addSome(first: Iterable<FileProblem>, total: number): void {
    this.#count += total;
    for (const problem of first) this.#keep(problem);
  }

  #keep(problem: FileProblem): void {
    this.#kept.push(problem);
    if (this.#kept.length > 2 * shownProblems) this.#kept = [...this.first];
  }

  /**
   * The error that refuses the file for these problems; `next` is what to do about them.
   *
   * @param fileOf of a folder: the name of the file that a line stands for.
   */
  refusal(file: string, next: string, fileOf?: (line: number) => string): RefusedFile {
    return new RefusedFile(file, this, next, fileOf);
  }
}

/** A file that was refused as a whole: nothing of it was written. The command prints {@link problems} before the sentence. */
export class RefusedFile extends OperatorError {
  readonly file: string;
  readonly problems: readonly FileProblem[];
  readonly problemCount: number;

  constructor(file: string, list: ProblemList, next: string, fileOf?: (line: number) => string) {
    super({
      code: 'file_has_problems',
      message: `${file} has ${count(list.count, 'problem')}; nothing was written.`,
      next,
      exitCode: ExitCode.usage,
    });
    this.file = file;
    this.problems =
      fileOf === undefined ? list.first : list.first.map((one) => ({ ...one, file: fileOf(one.line) }));
    this.problemCount = list.count;
  }
}
