/*
 * uar: executes the comparisons of user access reviews that are due, keeps their findings, and tells of what is new.
 *
 * Model: a comparison has two sources, a key and mapped fields. Executing it gives findings; one is the same from one execution to the
 * next by the SHA-256 of comparison, type and whole key (`uar_identity`). OpsDeck's row of it moves to the newest execution, as OpsDeck
 * does it; what each execution saw stays in `uar_observation`. What becomes of a finding is the table in steps.sql.ts.
 * Comparisons are executed one after the other, each claimed (claim.sql.ts) and in a transaction of its own: its findings,
 * observations, messages, incidents and next run are there together or not at all. The number of its statements does not depend on
 * the number of rows or findings.
 * Clock: due times, days and exceptions by the job's clock, in the business zone.
 *
 * | what happens                              | what follows                                                       |
 * | a source fails, or shrank, or is old       | `inconclusive`: nothing is resolved, nobody is accused; exit 1     |
 * | far more findings than before             | the same; `accept-change` says that they are right                 |
 * | the comparison is configured wrongly      | `failed`, recorded, tried again at its next time; exit 1           |
 * | the run is killed or stopped in the middle | nothing of that comparison is stored; it is due again              |
 * | another run has the comparison            | it is passed over                                                  |
 * | OpsDeck executed it before our first time | its findings are taken over, one summary is sent                   |
 * | OpsDeck executes it after that            | it is due again for us: OpsDeck tells nobody of what it finds      |
 * | a finding is open after its due date      | its owner is alerted after 1 and 7 days, then who answers for it   |
 * | nothing is due                            | nothing is said                                                    |
 * | an exception ends in 14 days, or tomorrow | who asked for it and who approved it are alerted, once each        |
 *
 * Not promised: that both sources were taken at the same instant.
 */

import { sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import { usage } from '../../src/errors/usage.ts';
import { defineJob } from '../../src/job/define-job.ts';
import type { Renewal, RenewalScope } from '../../src/notify/outbox/renewal.ts';
import { dayOf } from '../../src/time/calendar-day.ts';
import { announceEnding, renewEndingAlerts } from './alert/announce-ending.ts';
import { announceOverdue, renewOverdueAlerts } from './alert/announce-overdue.ts';
import { endingEvent } from './alert/ending-alert.ts';
import { overdueEvent } from './alert/overdue-alert.ts';
import { renewFindingAlerts } from './alert/renew-alerts.ts';
import { findingsEvent } from './alert/send-alert.ts';
import { reviewAttention } from './attention.ts';
import { reviewCheck } from './check.ts';
import { pruneNotices } from './due/overdue.sql.ts';
import { dueBy } from './execution/before-opsdeck.ts';
import { findDue, planOurs } from './execution/due.sql.ts';
import { executeComparison, stages } from './execution/execute-comparison.ts';
import { findingGauges } from './gauges.ts';
import { uarGrants } from './grants.ts';
import { logReview } from './log-review.ts';
import { prunePopulations } from './population/store-population.ts';
import { presentReviews } from './present.ts';
import { reviewRecord } from './record.ts';
import { requiredColumns } from './required-columns.ts';
import { faultOf, judgementOf, type ReviewOutcome, reviewRows, toResult, type UarResult } from './result.ts';
import { type UarParams, uarParams, uarSettings } from './settings.ts';
import type { UarContext } from './uar-context.ts';

async function run(context: UarContext): Promise<UarResult> {
  const { db, transaction, params, clock, zones, signal, progress, dryRun } = context;
  const now = clock.now();
  if (!dryRun) await transaction((trx) => planOurs(trx, now, zones));
  const found = await findDue(db, { now, by: dueBy(context, now), zones });
  const ids = params.comparison === undefined ? found.due : [params.comparison];
  const reviews: ReviewOutcome[] = [];
  for (const [index, id] of ids.entries()) {
    signal.throwIfAborted();
    const review = await executeComparison(context, id, (stage, done) =>
      progress(`comparison ${id}: ${stage}`, index * stages + done, ids.length * stages),
    );
    if (review.outcome === 'skipped') logReview(context.logger, review);
    reviews.push(review);
  }
  if (!dryRun && ids.length > 0) {
    await transaction(prunePopulations);
    await transaction(pruneNotices);
  }
  if (!dryRun && params.comparison === undefined) await announce(context, now);
  if (ids.length > 0) progress('done', ids.length * stages, ids.length * stages);
  return toResult(reviews, found);
}

/** After the executions: what they found is stored, whatever happens here. */
async function announce(context: UarContext, now: Date): Promise<void> {
  const { transaction, notifier, logger, zones, appBaseUrl } = context;
  for (const unannounced of [
    await transaction((trx) => announceEnding(trx, notifier, dayOf(now, zones.business))),
    await transaction((trx) => announceOverdue(trx, notifier, { zones, now, appBaseUrl })),
  ]) {
    if (unannounced === null) continue;
    logger.warn({ 'event.action': 'alert.queued', 'event.outcome': 'failure' }, unannounced);
  }
}

async function renewAlerts(scope: RenewalScope): Promise<Renewal> {
  const findings = await renewFindingAlerts(scope);
  const ending = await renewEndingAlerts(scope);
  const overdue = await renewOverdueAlerts(scope);
  return {
    replaced: findings.replaced,
    obsolete: [...findings.obsolete, ...ending.obsolete, ...overdue.obsolete],
    unchanged: [...(ending.unchanged ?? []), ...(overdue.unchanged ?? [])],
  };
}

/** `comparison` must be there; `accept-change` must say of which. */
async function checkComparison(params: UarParams, db: Transaction<Database>): Promise<void> {
  const { comparison } = params;
  if (comparison === undefined) {
    throw usage(
      'accept-change is about one comparison; name it.',
      'Add --param comparison=N; `uar list` shows the numbers.',
      'comparison_missing',
    );
  }
  const { rows } = await sql<{ archived: boolean }>`
    select is_archived is true as archived from public.uar_comparison where id = ${comparison}::int`.execute(
    db,
  );
  const [found] = rows;
  if (found === undefined) {
    throw usage(
      `There is no comparison ${comparison}.`,
      'Look for its number with `uar list`.',
      'unknown_comparison',
    );
  }
  if (found.archived) {
    throw usage(
      `Comparison ${comparison} is archived.`,
      'Take it out of the archive in OpsDeck, or run another one (`uar list`).',
      'archived_comparison',
    );
  }
}

export default defineJob({
  name: 'uar',
  events: [findingsEvent, endingEvent, overdueEvent],
  description: 'Executes the access reviews that are due and sends alerts about new findings',
  schedule: 'every 15 minutes',
  misfire: 'latest',
  timeout: '1h',
  repeatable: true,
  requires: requiredColumns,
  grants: uarGrants,
  runsToKeep: sql`select run_id from opsdeck_jobs.uar_execution_record where run_id is not null`,
  record: reviewRecord,
  check: reviewCheck,
  gauges: findingGauges,
  attention: reviewAttention,
  renewHeld: renewAlerts,
  plannedRows: reviewRows,
  besideOpsdeck: 'its sweep executes what is due at 08:00; its alerts and incidents never leave.',
  params: uarParams,
  settings: uarSettings,
  namedParams: {
    comparison: {
      table: 'uar_comparison',
      what: 'comparison',
      next: 'Look for its name with `uar list`.',
    },
  },
  concurrencyKey: ({ comparison }) => (comparison === undefined ? '' : String(comparison)),
  checkParams: checkComparison,
  run,
  faultOf,
  judge: judgementOf,
  failureEffect: () => 'Access reviews that are due were not all executed; they stay due.',
  present: presentReviews,
});
