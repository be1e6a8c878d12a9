import { rethrowWhatEndsTheRun } from '../../../src/job/what-ends-a-run.ts';
import type { OpenSource } from '../../../src/sources/source.ts';
import { type Comparison, type ComparisonRow, readComparison } from '../comparison.ts';
import { logReview } from '../log-review.ts';
import type { CompletedReview, ReviewOutcome } from '../result.ts';
import { openSource } from '../sources/open-source.ts';
import type { Tell, UarContext } from '../uar-context.ts';
import { dueBy } from './before-opsdeck.ts';
import { ClaimLost, claimComparison, releaseClaim } from './claim.sql.ts';
import { believe, type Compared, stageSides } from './compare-sides.ts';
import { readComparisonRow } from './due.sql.ts';
import { failExecution } from './fail-execution.ts';
import { readSteps } from './read-steps.sql.ts';
import { planExecution, storeExecution } from './store-execution.ts';

/** Stages of one comparison, for the bar. */
export const stages = 4;

/**
 * One execution of one comparison: claimed, both sides opened outside of any transaction, and then all of it in one. Nothing that is
 * wrong with this comparison reaches another one: it comes back as a result, and is recorded in a short transaction of its own.
 *
 * @throws what ends the run: it was stopped or lost, or the database is away.
 */
export async function executeComparison(context: UarContext, id: number, tell: Tell): Promise<ReviewOutcome> {
  const { db, clock, zones, params, dryRun } = context;
  const skipped = (reason: string): ReviewOutcome => ({ outcome: 'skipped', comparison_id: id, reason });
  if (!dryRun && !(await claim(context, id))) return skipped('Another run is executing it.');
  const startedAt = clock.now();
  let row: ComparisonRow | undefined;
  try {
    const found = await readComparisonRow(db, id, { now: startedAt, by: dueBy(context, startedAt), zones });
    if (found === undefined || (params.comparison === undefined && !found.due)) {
      if (!dryRun) await context.transaction((trx) => releaseClaim(trx, id, context.runId));
      return skipped(
        found === undefined ? 'It was deleted or archived.' : 'Another run has just executed it.',
      );
    }
    row = found.row;
    const review = await withSources(context, readComparison(row), startedAt, tell);
    logReview(context.logger, review);
    return review;
  } catch (error) {
    if (error instanceof ClaimLost) return skipped('Another run took it up.');
    rethrowWhatEndsTheRun(context.signal, error);
    const review = await failExecution(context, { id, row, startedAt }, error);
    logReview(context.logger, review, error);
    return review;
  }
}

function claim({ transaction, runId, clock }: UarContext, id: number): Promise<boolean> {
  return transaction((trx) => claimComparison(trx, id, { runId, now: clock.now() }));
}

async function withSources(
  context: UarContext,
  comparison: Comparison,
  startedAt: Date,
  tell: Tell,
): Promise<CompletedReview> {
  const { row } = comparison;
  const opened: OpenSource[] = [];
  try {
    tell('opening the sources', 0);
    const { settings, clock, mode, signal, web, secret } = context;
    const deps = { settings, clock, mode, signal, web, secret, comparisonId: row.id };
    const a = await openSource(row.source_a_type, row.source_a_config, 'A', deps);
    opened.push(a);
    const b = await openSource(row.source_b_type, row.source_b_config, 'B', deps);
    opened.push(b);
    signal.throwIfAborted();
    return await inOneTransaction(context, comparison, { a, b, startedAt, tell });
  } finally {
    for (const source of opened) await source.close();
  }
}

async function inOneTransaction(
  context: UarContext,
  comparison: Comparison,
  opened: { readonly a: OpenSource; readonly b: OpenSource; readonly startedAt: Date; readonly tell: Tell },
): Promise<CompletedReview> {
  const { tell, startedAt } = opened;
  let compared: Compared | undefined;
  return context.transaction(
    async (trx) => {
      if (compared === undefined) throw new Error('the sources were not staged');
      context.signal.throwIfAborted();
      tell('deciding about the findings', 3);
      const steps = await readSteps(trx, comparison.row.id);
      const plausible = believe(context, comparison, compared, steps);
      return context.dryRun
        ? planExecution(context, trx, comparison, plausible, steps)
        : storeExecution(context, trx, comparison, plausible, steps, startedAt);
    },
    {
      stage: async (trx) => {
        compared = await stageSides(context, trx, comparison, opened);
      },
    },
  );
}
