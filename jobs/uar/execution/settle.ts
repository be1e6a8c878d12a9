import type { Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { type ComparisonRow, isOurs, scheduleOf } from '../comparison.ts';
import { fallbackSchedule, nextRun } from '../schedule.ts';
import type { UarContext } from '../uar-context.ts';
import { dueBy } from './before-opsdeck.ts';
import { releaseClaim } from './claim.sql.ts';
import { recordNextRun } from './execution-record.sql.ts';

/** When it is due next, from now on; a schedule that cannot be read is tried once a day. */
export function nextOf(context: UarContext, row: ComparisonRow | undefined): Date | null {
  const schedule = row === undefined ? null : scheduleOf(row);
  const now = context.clock.now();
  // Executed ahead of OpsDeck's sweep, it has had that time.
  const after = row === undefined || isOurs(row) ? now : dueBy(context, now);
  return nextRun(schedule ?? fallbackSchedule, after, context.zones.business);
}

/** Moves its next run and gives the claim back; the last thing of an execution. */
export async function settle(
  trx: Transaction<Database>,
  { clock, zones, runId }: UarContext,
  row: ComparisonRow,
  next: Date | null,
  adopted = true,
): Promise<void> {
  await recordNextRun(trx, row.id, {
    now: clock.now(),
    next,
    ours: isOurs(row),
    scheduled: scheduleOf(row)?.every !== 'manual',
    adopted,
    zones,
  });
  await releaseClaim(trx, row.id, runId);
}
