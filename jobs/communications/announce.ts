import { sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { JobContext } from '../../src/job/context.ts';
import { listedMessages, type UndecidedMessage, undecidedAlert, undecidedEvent } from './undecided-alert.ts';

/** New ones beside others that nobody has decided yet are reported once so many hours have passed. */
const patienceHours = 24;

/**
 * Alerts the administrators once about messages that wait for a decision; again when new ones are there after those were settled, or a
 * day later. Answers how many the alert is about; 0: none is due. An alert that has not left yet is not followed by another, and
 * alerts of this kind are never reported themselves: where mail is the trouble, that would have no end.
 */
export async function announceUndecided(
  context: Pick<
    JobContext<unknown, unknown>,
    'transaction' | 'notifier' | 'clock' | 'zones' | 'logger' | 'runId'
  >,
): Promise<number> {
  const { transaction, notifier, clock, zones, logger, runId } = context;
  const now = clock.now();
  return transaction(async (trx) => {
    if (!(await isDue(trx, now))) return 0;
    // Two at once: the second waits here, and then finds none.
    const marked = await markAnnounced(trx, now);
    if (marked.length === 0) return 0;
    const held = marked.filter(({ state }) => state === 'held').length;
    const messages = await readUndecided(
      trx,
      marked.map(({ number }) => number),
    );
    const { queued, notes } = await notifier.enqueue(
      trx,
      undecidedAlert({ runId, messages, held, unknown: marked.length - held, zone: zones.business }),
    );
    if (queued.length === 0) {
      logger.warn(
        { 'event.action': 'alert.queued', 'event.outcome': 'failure', 'labels.count': marked.length },
        `messages wait for a decision, and no administrator was alerted: ${notes.join('; ')}`,
      );
    }
    return marked.length;
  });
}

/** One statement over the messages that wait for an operator. */
async function isDue(trx: Transaction<Database>, now: Date): Promise<boolean> {
  const { rows } = await sql<{ due: boolean }>`
    select count(*) filter (where announced_at is null) > 0
           and coalesce(max(announced_at) <= ${now}::timestamptz - make_interval(hours => ${patienceHours}::integer), true)
           and not exists (
             select from opsdeck_jobs.message q
              where q.waits_for = 'sender' and q.event_code = ${undecidedEvent.code} and q.origin = 'job') as due
      from opsdeck_jobs.message where waits_for = 'operator' and event_code <> ${undecidedEvent.code}`.execute(
    trx,
  );
  return rows[0]?.due === true;
}

async function markAnnounced(
  trx: Transaction<Database>,
  now: Date,
): Promise<readonly Pick<UndecidedMessage, 'number' | 'state'>[]> {
  const { rows } = await sql<Pick<UndecidedMessage, 'number' | 'state'>>`
    with waiting as (
      select id from opsdeck_jobs.message
       where waits_for = 'operator' and announced_at is null and event_code <> ${undecidedEvent.code}
       order by id for update)
    update opsdeck_jobs.message m set announced_at = ${now}::timestamptz from waiting where m.id = waiting.id
    returning m.communication_id as number, m.state`.execute(trx);
  return rows;
}

async function readUndecided(
  trx: Transaction<Database>,
  ids: readonly number[],
): Promise<readonly UndecidedMessage[]> {
  const { rows } = await sql<UndecidedMessage>`
    select m.communication_id as number, m.state, m.channel, m.destination, m.event_code, m.job,
           case when c.target_type = 'campaign' then g.title else t.name end as title, m.due_at
      from opsdeck_jobs.message m
      left join scheduled_communication c on c.id = m.communication_id
      left join email_template t on t.id = c.template_id
      left join campaign g on c.target_type = 'campaign' and g.id = c.target_id
     where m.communication_id = any (${ids}::integer[])
     order by m.due_at, m.communication_id limit ${listedMessages}::integer`.execute(trx);
  return rows;
}
