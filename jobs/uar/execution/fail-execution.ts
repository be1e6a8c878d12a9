import { OperatorError } from '../../../src/errors/operator-error.ts';
import { rethrowWhatEndsTheRun } from '../../../src/job/what-ends-a-run.ts';
import { InconclusiveSource } from '../../../src/sources/source.ts';
import { InconclusiveComparison } from '../compare/spec.ts';
import { type ComparisonRow, MisconfiguredComparison } from '../comparison.ts';
import type { FailedReview } from '../result.ts';
import type { UarContext } from '../uar-context.ts';
import { releaseClaim, takeClaim } from './claim.sql.ts';
import { newExecutionId, recordFailed } from './execution-record.sql.ts';
import { ImplausibleData } from './plausibility.ts';
import { recordedConfig } from './recorded-config.ts';
import { nextOf, settle } from './settle.ts';

interface Failed {
  readonly id: number;
  /** undefined: it could not even be read. */
  readonly row: ComparisonRow | undefined;
  readonly startedAt: Date;
}

/** Records an execution that has no result, and moves the next run. A dry run only says so. */
export async function failExecution(
  context: UarContext,
  { id, row, startedAt }: Failed,
  error: unknown,
): Promise<FailedReview> {
  const { clock, zones, runId, dryRun } = context;
  const { outcome, reason } = whatWentWrong(error);
  const review = { outcome, comparison_id: id, name: row?.name ?? `comparison ${id}`, reason };
  if (dryRun) return { ...review, execution_id: null };
  try {
    const executionId = await context.transaction(async (trx) => {
      await takeClaim(trx, id, runId);
      const newId = await newExecutionId(trx);
      const record = {
        executionId: newId,
        comparisonId: id,
        runId,
        startedAt,
        finishedAt: clock.now(),
        zones,
        config: row === undefined ? {} : recordedConfig(row, null),
        sourceA: null,
        sourceB: null,
      };
      await recordFailed(trx, record, { outcome, reason });
      if (row === undefined) await releaseClaim(trx, id, runId);
      else await settle(trx, context, row, nextOf(context, row), false);
      return newId;
    });
    return { ...review, execution_id: executionId };
  } catch (second) {
    rethrowWhatEndsTheRun(context.signal, second);
    const also = second instanceof Error ? second.message : String(second);
    return { ...review, reason: `${reason} That could not be recorded: ${also}`, execution_id: null };
  }
}

function whatWentWrong(error: unknown): Pick<FailedReview, 'outcome' | 'reason'> {
  const reason = error instanceof Error ? error.message : String(error);
  const inconclusive =
    error instanceof InconclusiveSource ||
    error instanceof InconclusiveComparison ||
    error instanceof ImplausibleData;
  if (inconclusive) return { outcome: 'inconclusive', reason };
  if (error instanceof MisconfiguredComparison || error instanceof OperatorError)
    return { outcome: 'failed', reason };
  return { outcome: 'failed', reason: `Unexpected error: ${reason}` };
}
