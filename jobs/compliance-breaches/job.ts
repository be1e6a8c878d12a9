/*
 * compliance-breaches: alerts about enabled rules that are not met, again and again while they are not.
 *
 * Model: compliance-drift's evaluation, by rule and with its settings; nothing is evaluated twice. A breach lasts from the day on which
 * the newest evidence is past its limit. Its first alert is due at once, the next ones every `repeat`. `compliance_breach` is what was
 * alerted: one row for each rule in breach, removed when the rule is met.
 * Clock: days are calendar days of the business zone, by the job's clock, so a change of clocks moves nothing.
 *
 * | what happens                                  | what follows                                                       |
 * | no run for some days                          | the next run alerts what is due, once                              |
 * | the rule was met between two alerts           | a new breach: seen by a run, or by the date of the evidence        |
 * | a drift alert named the control, or OpsDeck   | not in the alert; due again when 24 hours have passed              |
 * | queued the same about the rule, within 24 h   |                                                                    |
 * | every message of an alert failed or was       | its breaches are due again                                         |
 * | cancelled                                     |                                                                    |
 * | the event is switched off, or nobody can be   | nothing is recorded: all of it stays due; with nobody the run      |
 * | alerted                                       | fails                                                              |
 * | the run ends in the middle                    | one transaction: rows and messages are all there or none           |
 *
 * One message has every rule that is due: OpsDeck's template is for one rule, and a mail for each would not be read. Not promised: that
 * a rule which was met and failed again between two runs, by evidence that was deleted since, is a new breach.
 */

import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../src/db/tables.ts';
import type { JobContext } from '../../src/job/context.ts';
import { defineJob, type EnablingScope } from '../../src/job/define-job.ts';
import { count } from '../../src/text/count.ts';
import { dayOf } from '../../src/time/calendar-day.ts';
import { remedyOf } from '../compliance-drift/controls/remedy.ts';
import { planForMany } from '../compliance-drift/plan-for-many.sql.ts';
import { breachAlert, breachEvent, decidingRule, dedupeKeyOf } from './alert.ts';
import { findBreaches, scopeOf } from './breaches.sql.ts';
import { breachGrants } from './grants.ts';
import { forgetEnded, recordAlerts } from './ledger.sql.ts';
import { type DueBreach, planAlerts } from './plan.ts';
import { presentBreaches } from './present.ts';
import { usualRecipients } from './recipients.sql.ts';
import { renewBreachAlerts } from './renew-alerts.ts';
import { requiredColumns } from './required-columns.ts';
import { type BreachResult, faultOf, mostListed, type ReportedBreach } from './result.ts';
import { type BreachSettings, breachSettings, repeatDays } from './settings.ts';

async function run(context: JobContext<unknown, BreachSettings>): Promise<BreachResult> {
  const result = await context.transaction((trx) => runIn(trx, context));
  // After the commit: what is logged is stored.
  for (const note of result.notes) context.logger.warn({ 'event.action': 'breach.note' }, note);
  return result;
}

async function runIn(
  trx: Transaction<Database>,
  context: JobContext<unknown, BreachSettings>,
): Promise<BreachResult> {
  const { settings, clock, zones, dryRun, signal, progress, runId } = context;
  const steps = 2;
  progress('evaluating', 0, steps);
  const now = clock.now();
  const today = dayOf(now, zones.business);
  const repeat = repeatDays(settings);
  await planForMany(trx);
  const { rules, unknown, breaches, ended } = await findBreaches(trx, scopeOf({ ...context, now }));
  signal.throwIfAborted();
  const { due, waiting, named } = planAlerts(breaches, today, repeat);
  progress('queueing messages', 1, steps);
  const { queued, notes, noRecipient } = await queueAlert(trx, context, { due, now, repeat });
  if (!dryRun) {
    await forgetEnded(trx, ended);
    if (queued > 0) await recordAlerts(trx, due, { today, dedupeKey: dedupeKeyOf(runId), runId });
  }
  progress('done', steps, steps);
  return {
    today,
    rules,
    breaches: breaches.length,
    unknown,
    alerted: queued > 0 ? due.length : 0,
    alerted_before: waiting.length,
    named_elsewhere: named.length,
    ended: ended.length,
    messages_queued: queued,
    without_recipient: noRecipient ? due.length : 0,
    due: due.slice(0, mostListed).map(toReported),
    notes,
  };
}

async function queueAlert(
  trx: Transaction<Database>,
  { notifier, runId, zones, appBaseUrl }: JobContext<unknown, BreachSettings>,
  { due, now, repeat }: { readonly due: readonly DueBreach[]; readonly now: Date; readonly repeat: number },
) {
  const [worst, ...others] = due;
  if (worst === undefined) return { queued: 0, notes: [], noRecipient: false };
  const to = await usualRecipients(trx);
  const result = await notifier.enqueue(
    trx,
    breachAlert([worst, ...others], {
      ...{ runId, takenAt: now, zone: zones.business, appBaseUrl, ...to, repeat },
    }),
  );
  return {
    queued: result.queued.length,
    notes: result.notes,
    noRecipient: result.noRecipient === true,
  };
}

function toReported(one: DueBreach): ReportedBreach {
  return {
    rule_id: one.rule_id,
    rule: one.rule_name,
    framework: one.framework,
    control_id: one.control_id,
    since: one.since,
    why: one.why,
    remedy: remedyOf({ status: 'non_compliant', rule: decidingRule(one) }),
  };
}

/** The first alert, as it would be now. */
async function firstAlert(scope: EnablingScope): Promise<string | null> {
  const { breaches } = await findBreaches(scope.db, scopeOf(scope));
  const repeat = repeatDays(breachSettings.parse(scope.settings));
  const { due } = planAlerts(breaches, dayOf(scope.now, scope.zones.business), repeat);
  if (due.length === 0) return null;
  return `alerts about ${count(due.length, 'rule')} not met now, in one message to each recipient.`;
}

export default defineJob({
  name: 'compliance-breaches',
  events: [breachEvent],
  description: 'Sends alerts about compliance rules that are not met, until they are',
  // After the drift check of Mondays, whose alert goes first.
  schedule: '30 9 * * *',
  enabledAtFirst: false,
  misfire: 'latest',
  timeout: '10m',
  repeatable: true,
  requires: requiredColumns,
  grants: breachGrants,
  renewHeld: renewBreachAlerts,
  runsToKeep: sql`select run_id from opsdeck_jobs.compliance_breach`,
  besideOpsdeck: 'it has the event and a template for this, and no job that sends it.',
  params: z.strictObject({}),
  settings: breachSettings,
  run,
  nothingEvaluated: ({ rules }) =>
    rules > 0
      ? null
      : "There is no enabled rule of an applicable control: add rules on OpsDeck's compliance pages, or with `import rules`.",
  faultOf,
  failureEffect: () =>
    'Alerts about rules that are not met are missing; the next successful run queues them.',
  enabling: firstAlert,
  present: presentBreaches,
});
