import { concernsOneStatement } from '../db/errors.ts';
import { ExitCode } from '../errors/exit-code.ts';
import { OperatorError } from '../errors/operator-error.ts';
import { RunLostError } from './fenced-transaction.ts';

/**
 * For a job that goes on with the next part of its work when one has failed. Stopped, lost, or without a database: no other part would
 * fare better.
 *
 * @param signal of the run.
 */
export function rethrowWhatEndsTheRun(signal: AbortSignal, error: unknown): void {
  if (signal.aborted || error instanceof RunLostError) throw error;
  const away = error instanceof OperatorError && error.exitCode === ExitCode.unavailable;
  if (away && !concernsOneStatement(error)) throw error;
}
