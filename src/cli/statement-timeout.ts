import { longStatementMs } from '../db/statement-limits.ts';
import { usage } from '../errors/usage.ts';
import { parseDuration } from '../time/duration.ts';

/**
 * `--timeout` of a command that goes through all the data, in milliseconds.
 *
 * @throws OperatorError (exit 2) for what is no time.
 */
export function statementLimitOf({ timeout }: { readonly timeout?: string | undefined }): number {
  if (timeout === undefined) return longStatementMs;
  const limitMs = parseDuration(timeout, 'time limit');
  if (limitMs === 0) throw usage('A time limit of 0 leaves no time.', 'Give --timeout 10m or 2h.');
  return limitMs;
}
