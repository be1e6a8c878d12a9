/*
 * Tells the administrators that a scheduled job fails: at the first failure, once every 24 hours while it lasts, and when it
 * works again.
 *
 * Model: nothing is remembered but what is stored. A streak is the failed runs of a job's schedule since its last success
 * (of whatever trigger), named by its first run; what is due follows from the streak and from the messages that are there, and
 * the messages' keys let each be queued once, whoever looks. So whoever looks next makes up for what a crash prevented.
 * A failure that is tried again is no streak yet: its last attempt is. `alert_after` of a job says how many firings fail first.
 * Clock: business time. A failure by hand has its witness and raises no alert; a disabled or paused job is left alone.
 * A message about a job that sends does not go through the channels that failed; where no other is left, the log says so, as
 * often as the message would have been sent. That it works again is said when something has gone through them, or they are switched off.
 */
import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { OpenDatabase } from '../db/database.ts';
import type { Channel } from '../notify/channels/names.ts';
import { createNotifier } from '../notify/create-notifier.ts';
import type { OutgoingMessage } from '../notify/notifier.ts';
import { isStillFailing } from '../notify/outbox/still-failing.ts';
import { count } from '../text/count.ts';
import type { Json } from '../text/json.ts';
import type { JobDefinition } from './define-job.ts';
import { failedRun } from './failed-run.sql.ts';
import { failingMessage, failureEventCode, recoveredMessage } from './failure-message.ts';
import type { RunEnvironment } from './run-environment.ts';

interface FailureRow {
  readonly job: string;
  readonly first_run: string | null;
  readonly first_at: Date | null;
  readonly failures: number;
  readonly last_run: string | null;
  readonly last_at: Date | null;
  readonly runner: string | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly error_next: string | null;
  /** Of the last failed run. */
  readonly result: Json;
  /** The last failed run is the first of its day of the streak. */
  readonly first_of_day: boolean;
  /** Somebody was alerted about this streak before. */
  readonly still: boolean;
  readonly success_run: string | null;
  readonly success_at: Date | null;
  readonly success_result: Json;
  /** Whole days since the first failure. */
  readonly day: number | null;
  /** The message of that day is queued. */
  readonly told: boolean;
  /** The streak of the last alert, if no message reported its end. */
  readonly open_streak: string | null;
  /** Of that streak, once it is over: when it began, as far as the history has it, and what is known of it. */
  readonly open_since: Date | null;
  readonly open_failures: number | null;
  readonly open_missed: number | null;
  readonly open_result: Json;
}

interface DueMessage {
  readonly job: string;
  readonly runId: string;
  readonly message: OutgoingMessage;
  /** When no person can be alerted, the log is the only witness: once a day of the streak. */
  readonly firstOfDay: boolean;
}

/** Who looks after the schedules may be a timer: a retry that nobody has begun for so long is not waited for. */
const retryPatienceMinutes = 15;

/** By database: the messages for which no channel was left, and of which the log has it. A daemon looks every minute. */
const saidNobodyLeft = new WeakMap<OpenDatabase, Set<string>>();

/**
 * Looks at the jobs' runs and queues what is due. Never throws for what the database says: the jobs are more important, and
 * the next look tries again.
 */
export async function checkFailures(
  environment: RunEnvironment,
  definitions: readonly JobDefinition[],
): Promise<void> {
  const { database, config, logger, secrets, zones } = environment;
  try {
    for (const due of await findDue(environment, definitions)) {
      const { job, runId, message } = due;
      const notifier = createNotifier({
        jobName: job,
        runId,
        clock: database.clock,
        zones,
        dryRun: false,
        routings: config.notifications,
      });
      const { queued, notes, noChannelLeft } = await database.control
        .transaction()
        .execute((trx) => notifier.enqueue(trx, message));
      if (noChannelLeft === true) {
        sayNobodyLeft(environment, due, notes);
        continue;
      }
      // With nobody to tell, it is found again every minute.
      logger[queued.length === 0 ? 'debug' : 'info'](
        {
          'event.action': 'alert.queued',
          'labels.job': job,
          'labels.run_id': runId,
          'labels.count': queued.length,
        },
        [`${count(queued.length, 'message')} about ${job} queued`, ...notes].join('; '),
      );
    }
  } catch (error) {
    const clean = secrets.scrubError(error);
    logger.error(
      { 'event.action': 'alert.queued', 'event.outcome': 'failure', err: clean },
      `alerts about failing jobs could not be queued: ${clean.message}`,
    );
  }
}

function sayNobodyLeft(
  { database, logger }: RunEnvironment,
  { job, runId, message, firstOfDay }: DueMessage,
  notes: readonly string[],
): void {
  const said = saidNobodyLeft.get(database) ?? new Set();
  saidNobodyLeft.set(database, said);
  if (!firstOfDay || said.has(message.dedupeKey)) return;
  said.add(message.dedupeKey);
  logger.error(
    {
      'event.action': 'alert.queued',
      'event.outcome': 'failure',
      'labels.job': job,
      'labels.run_id': runId,
    },
    `there is no recipient for the alert that ${job} fails: ${notes.join('; ')}`,
  );
}

async function findDue(
  { database, config, zones, logger }: RunEnvironment,
  definitions: readonly JobDefinition[],
): Promise<readonly DueMessage[]> {
  const now = database.clock.now();
  const names = definitions.map(({ name }) => name);
  const alertAfter = names.map((name) => config.jobs[name]?.alertAfter ?? 1);
  const { rows } = await sql<FailureRow>`
    select s.job, first.id as first_run, first.started_at as first_at, streak.failures,
           last.id as last_run, last.started_at as last_at, last.runner, last.error_code, last.error_message, last.error_next, last.result,
           coalesce(today.failures = 1 or (day.number = 0 and streak.failures = wanted.alert_after), false) as first_of_day,
           coalesce(told.context->>'streak' = first.id::text, false) as still,
           success.id as success_run, success.result as success_result, coalesce(ended.finished_at, success.finished_at) as success_at, day.number as day,
           coalesce(told.context->>'streak' = first.id::text and (told.context->>'day')::integer >= day.number, false) as told,
           case when told.context->>'recovered' is null then told.context->>'streak' end as open_streak,
           begun.since as open_since, past.failures as open_failures, past.missed as open_missed, past.result as open_result
      from unnest(${names}::text[], ${alertAfter}::integer[]) as wanted(job, alert_after)
      join opsdeck_jobs.job_state s on s.job = wanted.job
      left join lateral (
        select r.id, r.started_at, r.finished_at, r.result from opsdeck_jobs.job_run r
         -- Not "=": with a range and this order, the planner can only use an index that begins with the job.
         where r.job >= s.job and r.job <= s.job and r.status = 'succeeded'
         order by r.job, r.started_at desc limit 1) success on true
      cross join lateral (
        -- Attempts at one firing are one failure.
        select count(distinct r.scheduled_for)::integer as failures, min(r.started_at) as first_at, max(r.started_at) as last_at
          from opsdeck_jobs.job_run r
         where r.job = s.job and r.trigger <> 'manual' and ${failedRun}
           -- Not "or": this is a condition of the index, and no failure before the last success is looked at.
           and r.started_at > coalesce(success.started_at, '-infinity')) streak
      left join lateral (
        select r.id, r.started_at from opsdeck_jobs.job_run r
         where r.job = s.job and r.started_at = streak.first_at and r.trigger <> 'manual' and ${failedRun}
         order by r.id limit 1) first on true
      left join lateral (
        select r.id, r.started_at, r.runner, r.error_code, r.error_message, r.error_next, r.result, r.retry_at from opsdeck_jobs.job_run r
         where r.job = s.job and r.started_at = streak.last_at and r.trigger <> 'manual' and ${failedRun}
         order by r.id limit 1) last on true
      left join lateral (
        select floor(extract(epoch from ${now}::timestamptz - first.started_at) / 86400)::integer as number) day on true
      left join lateral (
        select count(distinct r.scheduled_for)::integer as failures from opsdeck_jobs.job_run r
         where r.job = s.job and r.trigger <> 'manual' and ${failedRun}
           and r.started_at >= first.started_at + make_interval(days => day.number)) today on true
      left join lateral (
        select m.context from opsdeck_jobs.message m
         where m.event_code = ${failureEventCode} and m.job = s.job and m.origin = 'job'
         order by m.created_at desc, m.id limit 1) told on true
      left join lateral (
        select r.started_at as since from opsdeck_jobs.job_run r
         where streak.failures = 0 and told.context->>'recovered' is null
           and r.id = (told.context->>'streak')::uuid) begun on true
      left join lateral (
        select r.started_at, r.finished_at from opsdeck_jobs.job_run r
         where r.job >= s.job and r.job <= s.job and r.status = 'succeeded' and r.started_at > begun.since
         order by r.job, r.started_at limit 1) ended on true
      left join lateral (
        select count(distinct r.scheduled_for) filter (where ${failedRun})::integer as failures,
               (array_agg(r.result order by r.started_at desc) filter (where ${failedRun}))[1] as result,
               coalesce(sum(greatest(1, coalesce((r.stands_for->>'count')::integer, 1)))
                 filter (where r.status = 'missed'), 0)::integer as missed
          from opsdeck_jobs.job_run r
         where r.job = s.job and r.trigger <> 'manual'
           and r.started_at >= begun.since and r.started_at < ended.started_at) past on begun.since is not null
     where s.enabled
       and (s.paused_at is null or s.paused_until <= ${now}::timestamptz)
       -- a run that is going decides whether it is over
       and not exists (
         select from opsdeck_jobs.job_run r where r.job = s.job and r.status = 'running' and r.trigger <> 'manual')
       and (last.retry_at is null or last.retry_at <= ${now}::timestamptz - make_interval(mins => ${retryPatienceMinutes}::integer))
       and (streak.failures >= wanted.alert_after or (streak.failures = 0 and told.context is not null))
     order by s.job`.execute(database.control);
  const due: DueMessage[] = [];
  for (const row of rows) {
    const definition = definitions.find(({ name }) => name === row.job);
    // That nothing was left to send is no delivery: a channel that failed works again when something has gone through it.
    if (row.open_since !== null) {
      const named = (result: Json, which: 'failedChannels' | 'workingChannels') =>
        namedChannels(definition, which, result, logger);
      const works = [...config.switchedOff, ...named(row.success_result, 'workingChannels')];
      const unproven = named(row.open_result, 'failedChannels').filter((one) => !works.includes(one));
      if (await isStillFailing(database.control, unproven, row.open_since)) continue;
    }
    const notThrough = namedChannels(definition, 'failedChannels', row.result, logger);
    due.push(...dueOf(row, definition, notThrough, zones.business));
  }
  return due;
}

/** A job of a user's own that cannot tell must not silence the others. */
function namedChannels(
  definition: JobDefinition | undefined,
  which: 'failedChannels' | 'workingChannels',
  result: Json,
  logger: Logger,
): readonly Channel[] {
  try {
    return definition?.[which]?.(result) ?? [];
  } catch (error) {
    logger.warn(
      {
        'event.action': 'alert.queued',
        'event.outcome': 'failure',
        'labels.job': definition?.name,
        err: error,
      },
      `${definition?.name} could not name its channels (${which})`,
    );
    return [];
  }
}

function dueOf(
  row: FailureRow,
  definition: JobDefinition | undefined,
  notThrough: readonly Channel[],
  zone: string,
): readonly DueMessage[] {
  const { job } = row;
  const { first_run, first_at, last_run, last_at, success_run, success_at, day } = row;
  if (first_run !== null && first_at !== null && last_run !== null && last_at !== null && day !== null) {
    if (row.told) return [];
    const message = failingMessage(
      {
        job,
        firstRun: first_run,
        firstAt: first_at,
        lastRun: last_run,
        lastAt: last_at,
        failures: row.failures,
        runner: row.runner ?? '',
        errorCode: row.error_code ?? 'failed',
        errorMessage: row.error_message ?? '',
        errorNext: row.error_next,
        lastSuccessAt: success_at,
        effect: definition?.failureEffect?.(row.result) ?? null,
        still: row.still,
        day,
      },
      zone,
    );
    return [{ job, runId: last_run, message: { ...message, notThrough }, firstOfDay: row.first_of_day }];
  }
  if (row.open_streak === null || success_run === null || success_at === null) return [];
  const message = recoveredMessage(
    {
      job,
      firstRun: row.open_streak,
      succeededAt: success_at,
      firstAt: row.open_since,
      failures: row.open_failures ?? 0,
      missed: row.open_missed ?? 0,
      effect: row.open_since === null ? null : (definition?.failureEffect?.(row.open_result) ?? null),
    },
    zone,
  );
  return [{ job, runId: success_run, message, firstOfDay: false }];
}
