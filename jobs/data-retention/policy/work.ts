import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Database } from '../../../src/db/tables.ts';
import type { JobContext } from '../../../src/job/context.ts';
import type { OnRunStep } from '../batch/run-step.ts';
import { readHoldColumns, refuseUnreadableHolds } from './legal-holds.ts';
import type { Moment } from './moment.sql.ts';
import { isTaken } from './rules.sql.ts';
import { type Target, tablesOfPolicies } from './target.ts';

/** What the work on every policy of a run has in common. */
export interface Work {
  readonly transaction: JobContext<unknown, unknown>['transaction'];
  readonly runId: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly moment: Moment;
  /** Business time, for what is recorded. */
  now(): Date;
  readonly archiveDir: string | null;
  readonly limits: { readonly statementMs: number; readonly lockMs: number };
  readonly pauseMs: number;
  /** The time to stop has come. */
  isLate(): boolean;
  readonly onStep: OnRunStep;
  /** A file could not be removed: the run is not clean. */
  fileLeft(): void;
  /** Rows of the policy's table that are done. */
  progress(done: number): void;
}

/** The rules, with the holds as they are in this transaction. */
export async function takenNow(trx: Kysely<Database>, { moment }: Pick<Work, 'moment'>, target: Target) {
  const holds = await readHoldColumns(trx, tablesOfPolicies([target.policy]), moment.today);
  refuseUnreadableHolds(target, holds);
  return isTaken(target, moment, holds);
}
