/*
 * summaries: a message about the month that has ended, and one a week about what waits for people.
 *
 * Model: two occasions, a month and a week (due.ts), each with a key that its messages have. An occasion is over once any message has
 * its key: a recipient who came later gets the next one.
 * Clock: days are calendar days of the business zone, by the job's clock, so a change of clocks moves nothing.
 *
 * | what happens                                   | what follows                                                      |
 * | the month begins on a Saturday or a Sunday     | the overview is due on the Monday                                 |
 * | no run on the day on which it is due           | the next run in the same month, or week, sends it, once           |
 * | no run in the whole month, or week             | it is left out: `report overview --month` has it for ever         |
 * | two runs at once                               | one key: the unique index of messages lets one through            |
 * | the event is switched off, or there is nobody  | nothing is queued: it stays due; with nobody the run fails        |
 * | a subject cannot be read                       | the message names it                                              |
 * | one of the two cannot be written               | the other is queued; the run fails and names it, and it stays due |
 *
 * Both are read before the transaction, so that a subject that cannot be read does not end the others. Not promised: that what a mail
 * says is still so when it is read; it has the commands that show it.
 */
import { z } from 'zod';
import { reasonOf } from '../../src/errors/reason-of.ts';
import type { JobContext } from '../../src/job/context.ts';
import { defineJob, type EnablingScope } from '../../src/job/define-job.ts';
import type { OutgoingMessage } from '../../src/notify/notifier.ts';
import { rethrowWhatEndsTheRun } from '../../src/job/what-ends-a-run.ts';
import { queueColumns } from '../../src/notify/required-columns.ts';
import { type Day, dayOf } from '../../src/time/calendar-day.ts';
import { monthlyOccasion, type Occasion, weeklyOccasion } from './due.ts';
import { summaryGrants } from './grants.ts';
import { monthlyEvent, monthlyMessage } from './monthly-message.ts';
import { comparedMonths } from './overview/month.ts';
import { readOverview } from './overview/read.ts';
import { readRunTotals } from './overview/runs.ts';
import { presentSummaries } from './present.ts';
import { findKeys } from './queued.sql.ts';
import { renewSummaries } from './renew-held.ts';
import { faultOf, type ReportedSummary, type SummariesResult } from './result.ts';
import { weekBefore } from './week.ts';
import { weeklyEvent, weeklyMessage } from './weekly-message.ts';

type Context = JobContext<unknown, unknown>;

/** The two, as of this day. */
function summariesOf(today: Day) {
  return [
    { event: monthlyEvent.code, occasion: monthlyOccasion(today), write: writeMonthly },
    { event: weeklyEvent.code, occasion: weeklyOccasion(today), write: writeWeekly },
  ];
}

async function run(context: Context): Promise<SummariesResult> {
  const { db, clock, zones, logger, notifier, transaction, progress, signal } = context;
  const now = clock.now();
  const today = dayOf(now, zones.business);
  const both = summariesOf(today);
  const before = await findKeys(
    db,
    both.map(({ occasion }) => occasion.key),
  );
  const hasPeople = await anybodyIsActive(db);
  const planned: Planned[] = [];
  for (const [done, { event, occasion, write }] of both.entries()) {
    progress('reading', done, both.length);
    signal.throwIfAborted();
    const { about, dueOn, key } = occasion;
    const state = before.has(key) ? 'queued_before' : today < dueOn ? 'not_due' : 'not_queued';
    const summary: ReportedSummary = { event, about, due_on: dueOn, state, messages: 0, failed: null };
    if (!hasPeople || state !== 'not_queued') planned.push({ summary, message: null });
    else planned.push(await writeOrFail(context, summary, () => write(context, occasion, now)));
  }
  const result = await transaction(async (trx) => {
    const summaries: ReportedSummary[] = [];
    const notes: string[] = [];
    for (const { summary, message } of planned) {
      if (message === null) summaries.push(summary);
      else {
        const { queued, notes: why, noRecipient } = await notifier.enqueue(trx, message);
        const missing = noRecipient === true ? 'without_recipient' : 'not_queued';
        const state = queued.length > 0 ? 'queued' : missing;
        summaries.push({ ...summary, state, messages: queued.length });
        notes.push(...why);
      }
    }
    const total = summaries.reduce((sum, { messages }) => sum + messages, 0);
    return { today, summaries, messages_queued: total, has_people: hasPeople, notes: [...new Set(notes)] };
  });
  // After the commit: what is logged is stored.
  for (const note of result.notes) logger.warn({ 'event.action': 'summary.note' }, note);
  return result;
}

interface Planned {
  readonly summary: ReportedSummary;
  readonly message: OutgoingMessage | null;
}

/** An error in one of the two does not keep the other from its readers. */
async function writeOrFail(
  { signal, logger, scrub }: Context,
  summary: ReportedSummary,
  write: () => Promise<OutgoingMessage>,
): Promise<Planned> {
  try {
    return { summary, message: await write() };
  } catch (error) {
    rethrowWhatEndsTheRun(signal, error);
    const clean = scrub?.(error) ?? error;
    const { event, about } = summary;
    logger.error(
      { 'event.action': 'summary.failed', 'event.outcome': 'failure', err: clean },
      `${event} of ${about} could not be written`,
    );
    return { summary: { ...summary, state: 'failed', failed: reasonOf(clean) }, message: null };
  }
}

async function anybodyIsActive(db: Context['db']): Promise<boolean> {
  const people = await db.selectFrom('user').select('id').where('is_archived', '=', false).limit(1).execute();
  return people.length > 0;
}

async function writeMonthly(context: Context, occasion: Occasion, now: Date): Promise<OutgoingMessage> {
  const { db, zones, mode } = context;
  const compared = comparedMonths(occasion.about, now, zones.business);
  const settingsOf = (job: string) => context.settingsOf(job);
  return monthlyMessage(await readOverview({ db, now, zones, mode, compared, settingsOf }), occasion);
}

async function writeWeekly(context: Context, occasion: Occasion): Promise<OutgoingMessage> {
  const { job, db, zones, status } = context;
  if (status === undefined)
    throw new TypeError('the state of the jobs is there for jobs of the program alone');
  const compared = weekBefore(occasion.about, zones.business);
  const { present: runs } = await readRunTotals({ db, zones, compared });
  const found = await status();
  // A failure of its own ends with this run.
  const matters = found.matters.filter(({ about }) => about !== job);
  return weeklyMessage(
    { status: { ...found, matters }, runs, week: compared.present, zone: zones.business },
    occasion,
  );
}

/** What would be sent now. */
async function firstMessages({ db, now, zones }: EnablingScope): Promise<string | null> {
  const today = dayOf(now, zones.business);
  const both = summariesOf(today);
  const before = await findKeys(
    db,
    both.map(({ occasion }) => occasion.key),
  );
  const due = both.filter(({ occasion: { key, dueOn } }) => !before.has(key) && today >= dueOn);
  if (due.length === 0) return null;
  return `queues ${due.map(({ event, occasion }) => `${event} of ${occasion.about}`).join(' and ')} at once.`;
}

export default defineJob({
  name: 'summaries',
  events: [monthlyEvent, weeklyEvent],
  description: 'Sends an overview of each month, and a weekly summary to the administrators',
  // After the alerts of the expiry jobs.
  schedule: '45 7 * * *',
  enabledAtFirst: false,
  misfire: 'latest',
  timeout: '10m',
  repeatable: true,
  requires: { ...queueColumns, 'opsdeck_jobs.message': ['communication_id', 'dedupe_key', 'context'] },
  grants: summaryGrants,
  renewHeld: renewSummaries,
  params: z.strictObject({}),
  settings: z.strictObject({}),
  run,
  nothingEvaluated: ({ has_people: hasPeople }) =>
    hasPeople
      ? null
      : 'There is no active person who could get it: add users in OpsDeck, or with `import users`.',
  faultOf,
  failureEffect: () =>
    'Summaries that are due are missing; the next successful run of the same month, or week, queues them.',
  enabling: firstMessages,
  present: presentSummaries,
});
