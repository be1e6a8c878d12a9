import { isGone } from '../db/errors.ts';
import { RunLostError } from './fenced-transaction.ts';

/**
 * For a job that goes on with the next part of its work when one has failed. Stopped, lost, or without a database: no other part would
 * fare better.
 *
 * @param signal of the run.
 */
export function rethrowWhatEndsTheRun(signal: AbortSignal, error: unknown): void {
  if (signal.aborted || error instanceof RunLostError || isGone(error)) throw error;
}
