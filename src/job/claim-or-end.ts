import type { OpenDatabase } from '../db/database.ts';
import type { RunRecord } from './claim.ts';
import { recordLater } from './record-end.ts';

/**
 * A claim of somebody who does not try again. Where its answer is lost it may have been made all the same: the run is then ended as
 * soon as the database answers, while the process lives, so that it does not keep the next one out.
 */
export async function claimOrEnd<T>(
  database: OpenDatabase,
  { runId, startedAt }: RunRecord,
  claim: () => Promise<T>,
): Promise<T> {
  try {
    return await claim();
  } catch (error) {
    void recordLater(database, {
      runId,
      status: 'interrupted',
      finishedAt: startedAt,
      durationMs: 0,
      result: null,
      reason: null,
      retryAt: null,
      error: {
        code: 'interrupted',
        message: 'The database did not answer when the run was claimed; it was not begun.',
        next: 'Check the way to the database, and run it again.',
        stack: null,
      },
    });
    throw error;
  }
}
