import type { OpenDatabase } from '../db/database.ts';
import { ownClaims, type RunRecord } from '../job/claim.ts';
import type { ResolvedJob } from '../job/resolved-job.ts';

/** A run that was claimed, or may have been. */
export interface ClaimedRun {
  readonly record: RunRecord;
  readonly resolved: ResolvedJob;
  readonly params: Record<string, unknown>;
}

/**
 * Claims whose answer was lost, with the connection or with the thread of the embedded database. They may have been made all the
 * same: a run that nobody begins would keep the next one of its job out, and its firing would be lost.
 */
export class UnansweredClaims {
  #runs: readonly ClaimedRun[] = [];

  /** Remembers what was to be claimed when there is no answer. */
  async answerOf<T>(runs: readonly ClaimedRun[], claim: () => Promise<T>): Promise<T> {
    try {
      return await claim();
    } catch (error) {
      this.#runs = [...this.#runs, ...runs];
      throw error;
    }
  }

  /** Once the database answers again: those that are ours, and are to begin now. */
  async found(database: OpenDatabase): Promise<readonly ClaimedRun[]> {
    if (this.#runs.length === 0) return [];
    const ids = this.#runs.map(({ record }) => record.runId);
    const ours = await ownClaims(database, ids);
    const found = this.#runs.filter(({ record }) => ours.has(record.runId));
    this.#runs = [];
    return found;
  }
}
