/*
 * After an outage: alerts that were too old when they could first be sent.
 *
 * Model: they are on hold (recover.ts). The job that they belong to decides (`renewHeld` of its definition): what still is so is
 * queued anew with the present facts, and goes out in this run; the held message is settled as replaced. What is so no longer is
 * settled as that. Messages of jobs that decide nothing stay on hold for an operator.
 * One transaction a job: the held rows are locked, and whoever comes second finds none. A job that fails leaves its messages on hold.
 */
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.ts';
import { afterDeadlock } from '../../db/after-deadlock.ts';
import type { DatabaseMode } from '../../db/database.ts';
import type { Database } from '../../db/tables.ts';
import type { JobDefinition } from '../../job/define-job.ts';
import { failureEventCode } from '../../job/failure-message.ts';
import { renewFailureAlerts } from '../../job/renew-failure-alerts.ts';
import { count } from '../../text/count.ts';
import type { Clock } from '../../time/clock.ts';
import type { Zones } from '../../time/zones.ts';
import { createNotifier } from '../create-notifier.ts';
import type { HeldMessage, Renewal, Renewed, RenewHeld } from './renewal.ts';

export interface RenewalParts {
  readonly db: Kysely<Database>;
  readonly mode: DatabaseMode;
  readonly clock: Clock;
  readonly zones: Zones;
  readonly logger: Logger;
  readonly config: Pick<Config, 'jobs' | 'notifications' | 'appBaseUrl'>;
  readonly jobs: readonly JobDefinition[];
}

/** One statement while nothing is on hold. */
export async function renewHeld(parts: RenewalParts): Promise<Renewed> {
  const { db, jobs, logger } = parts;
  const { rows } = await sql<{ job: string; failures: boolean }>`
    select distinct m.job, m.event_code = ${failureEventCode} as failures from opsdeck_jobs.message m
     where ${tooOld} order by 1, 2`.execute(db);
  let replaced = 0;
  let obsolete = 0;
  for (const { job, failures } of rows) {
    const definition = jobs.find(({ name }) => name === job);
    const decide = failures ? renewFailureAlerts : definition?.renewHeld;
    if (definition === undefined || decide === undefined) continue;
    try {
      const renewed = await afterDeadlock(() =>
        db.transaction().execute((trx) => renewOf(parts, trx, { definition, failures, decide })),
      );
      replaced += renewed.replaced;
      obsolete += renewed.obsolete;
    } catch (error) {
      logger.warn(
        { 'event.action': 'message.renewed', 'event.outcome': 'failure', 'labels.job': job, err: error },
        `messages of ${job} that are too old stay on hold: they could not be replaced`,
      );
    }
  }
  return { replaced, obsolete };
}

const tooOld = sql`m.waits_for = 'operator' and m.state = 'held' and m.last_code = 'too_old' and m.origin = 'job'`;

async function renewOf(
  { clock, zones, logger, config, mode }: RenewalParts,
  trx: Transaction<Database>,
  {
    definition: { name: job },
    failures,
    decide,
  }: { readonly definition: JobDefinition; readonly failures: boolean; readonly decide: RenewHeld },
): Promise<Renewed> {
  const held = await lockHeld(trx, job, failures);
  const runId = held.at(-1)?.run_id ?? null;
  if (runId === null) return { replaced: 0, obsolete: 0 };
  const now = clock.now();
  const notifier = createNotifier({
    ...{ jobName: job, runId, clock, zones, dryRun: false },
    routings: config.notifications,
  });
  const renewal = await decide({
    ...{ trx, held, notifier, now, zones },
    ...{ settings: config.jobs[job]?.settings ?? {}, mode },
    settingsOf: (name) => config.jobs[name]?.settings,
    appBaseUrl: config.appBaseUrl,
  });
  await settle(
    trx,
    renewal.replaced,
    now,
    'replaced',
    'It was too old; another message has the present facts',
  );
  await settle(
    trx,
    renewal.obsolete,
    now,
    'no_longer_true',
    'It was too old, and what it reports is so no longer',
  );
  if (renewal.unchanged !== undefined) await sendAsIs(trx, renewal.unchanged, now);
  const [replaced, obsolete] = [renewal.replaced.length, renewal.obsolete.length];
  if (replaced + obsolete > 0) {
    logger.info(
      { 'event.action': 'message.renewed', 'labels.job': job, 'labels.count': notifier.queued.length },
      `${count(replaced + obsolete, 'message')} of ${job} on hold settled: ${replaced} replaced by ${count(notifier.queued.length, 'new message')}, ${obsolete} no longer true`,
    );
  }
  return { replaced, obsolete };
}

/** Ours first, then OpsDeck's, as wherever a decision is made. What an operator decides at this moment is left to them. */
async function lockHeld(
  trx: Transaction<Database>,
  job: string,
  failures: boolean,
): Promise<readonly HeldMessage[]> {
  const { rows } = await sql<HeldMessage>`
    select m.communication_id, m.job, m.run_id, m.event_code, m.channel, m.destination, m.dedupe_key,
           c.target_type, c.target_id, m.context
      from opsdeck_jobs.message m join scheduled_communication c on c.id = m.communication_id
     where ${tooOld}
       and m.job = ${job} and (m.event_code = ${failureEventCode}) = ${failures}::boolean and c.status = 'pending'
     order by m.created_at, m.id
       for update of m skip locked`.execute(trx);
  return rows;
}

async function settle(
  trx: Transaction<Database>,
  ids: Renewal['replaced'],
  now: Date,
  code: 'replaced' | 'no_longer_true',
  reason: string,
): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    update opsdeck_jobs.message
       set state = 'cancelled', finished_at = ${now}::timestamptz, last_code = ${code}, last_reason = ${reason}
     where communication_id = any (${ids}::integer[])`.execute(trx);
  await sql`
    update scheduled_communication set status = 'cancelled', next_retry_at = null
     where id = any (${ids}::integer[]) and status = 'pending'`.execute(trx);
}

async function sendAsIs(trx: Transaction<Database>, ids: readonly number[], now: Date): Promise<void> {
  await sql`
    update opsdeck_jobs.message
       set state = 'queued', due_at = ${now}::timestamptz, expires_at = null, next_attempt_at = null,
           last_code = null, last_reason = null
     where communication_id = any (${ids}::integer[])`.execute(trx);
}
