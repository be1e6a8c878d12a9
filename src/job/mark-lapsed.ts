import { OperatorError } from '../errors/operator-error.ts';
import { reapLapsedRuns } from './reap.ts';
import type { RunEnvironment } from './run-environment.ts';

/**
 * Marks lapsed runs of all jobs before they are shown. Where this role or this database does not allow it they stay as they are:
 * what reads them shows them as interrupted all the same.
 */
export async function markLapsedRuns(
  environment: Pick<RunEnvironment, 'database' | 'logger'>,
): Promise<void> {
  try {
    await reapLapsedRuns(environment, null);
  } catch (error) {
    if (!(error instanceof OperatorError) || !mayNotWrite.has(error.code)) throw error;
  }
}

const mayNotWrite: ReadonlySet<string> = new Set(['permission_denied', 'database_read_only']);
