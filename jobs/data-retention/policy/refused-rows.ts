import { sqlState } from '../../../src/db/errors.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';
import { count } from '../../../src/text/count.ts';

/** After so many rows it is the policy, and not some of its rows, that the database refuses; the next run continues behind them. */
const mostRefused = 20;

const mostNamed = 5;

/** A value, a constraint, or a trigger's own exception: the row stays what it is, however often the statement is repeated. */
const refusals = /^(?:22|23|P0)/;

/** The database refuses to archive or to delete a row of the batch. */
export function isRefusal(error: unknown): error is Error {
  const state = sqlState(error instanceof OperatorError ? error.cause : error);
  return error instanceof Error && state !== undefined && refusals.test(state);
}

/**
 * The rows of a policy that the database refuses. A batch that has one is halved until that row is alone; it stays, and the batches behind
 * it grow again.
 */
export class RefusedRows {
  /** Rows of the next batch. */
  size: number;
  readonly #batchSize: number;
  readonly #reasons = new Map<string, string>();

  constructor(batchSize: number) {
    this.#batchSize = batchSize;
    this.size = batchSize;
  }

  get tooMany(): boolean {
    return this.#reasons.size >= mostRefused;
  }

  /** A batch of so many rows was refused. */
  halve(rows: number): void {
    this.size = Math.max(1, Math.floor(rows / 2));
  }

  grow(): void {
    this.size = Math.min(this.#batchSize, this.size * 2);
  }

  add(key: string, error: Error): void {
    this.#reasons.set(key, error.message);
  }

  /** null: all rows that were due could be taken. */
  fault(table: string): OperatorError | null {
    const rows = this.#reasons.size;
    if (rows === 0) return null;
    const named = [...this.#reasons].slice(0, mostNamed).map(([key, why]) => `${key} (${why})`);
    const more = rows > named.length ? `, and ${rows - named.length} more` : '';
    const others = this.tooMany
      ? 'The policy stopped there, and the next run continues behind these rows.'
      : 'The policy went on with the others.';
    return new OperatorError({
      code: 'rows_refused',
      message: `${count(rows, 'row')} of ${table} could not be archived or deleted, because the database refuses it: ${named.join(', ')}${more}. ${others}`,
      next: 'Correct what refuses these rows (a trigger, a reference, a value), or put a legal hold on them, and run it again.',
      exitCode: ExitCode.failed,
    });
  }
}
