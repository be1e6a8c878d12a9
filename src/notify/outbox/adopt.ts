import { type Kysely, sql } from 'kysely';
import { afterDeadlock } from '../../db/after-deadlock.ts';
import type { Database } from '../../db/tables.ts';
import type { Zones } from '../../time/zones.ts';
import { channels, channelsWhere } from '../channels/lookup.ts';
import { type Adopted, type Refusal, refusals } from './adopted.ts';
import type { OpenWay } from './open-way.ts';
import { eventCodeOf, hasWay } from './open-ways.ts';
import { plausibleSql } from './plausible-sql.ts';

export interface AdoptOptions {
  /** Business time. */
  readonly now: Date;
  readonly zones: Zones;
  /** A message that has been due for longer when it is first seen is held. */
  readonly maxAgeMs: number;
  /** What has none of these ways stays OpsDeck's. */
  readonly ways: readonly OpenWay[];
}

/** An operator decided about these rows of `scheduled_communication`: they are taken over whether they can be sent now or not. */
export interface AdoptChosen extends Omit<AdoptOptions, 'maxAgeMs' | 'ways'> {
  readonly only: readonly number[];
}

/** Rows of one statement. */
const batch = 1000;

/**
 * Takes over what OpsDeck has queued and is due: the row is parked, so that OpsDeck's dispatcher leaves it alone, and gets a row
 * of ours. What cannot be sent now is left to it. Rows that can never be sent fail here, all at once, so that they stand before
 * nobody. One statement a thousand rows, each its own transaction; rows that OpsDeck's dispatcher is just sending are locked by it and passed over.
 */
export async function adoptDue(db: Kysely<Database>, options: AdoptOptions | AdoptChosen): Promise<Adopted> {
  let adopted = 0;
  let held = 0;
  const refused = new Map<Refusal, number>();
  for (;;) {
    // Rows are locked in OpsDeck's table first; what is being recorded locks them the other way round.
    const rows = db.isTransaction
      ? await adoptBatch(db, options)
      : await afterDeadlock(() => adoptBatch(db, options));
    let seen = 0;
    for (const { refusal, taken, old } of rows) {
      seen += taken;
      if (refusal !== null) refused.set(refusal, (refused.get(refusal) ?? 0) + taken);
      else if (old) held += taken;
      if (refusal === null) adopted += taken;
    }
    if (seen < batch) return { adopted, held, refused };
  }
}

interface AdoptRow {
  readonly refusal: Refusal | null;
  readonly old: boolean;
  readonly taken: number;
}

async function adoptBatch(
  db: Kysely<Database>,
  options: AdoptOptions | AdoptChosen,
): Promise<readonly AdoptRow[]> {
  const { now, zones } = options;
  const sentences = JSON.stringify(refusals);
  const personal = channelsWhere(({ addressee }) => addressee === 'person');
  const withPlaces = channelsWhere(({ place }) => place !== undefined);
  const oldest = 'only' in options ? null : new Date(now.getTime() - options.maxAgeMs);
  const wanted =
    'only' in options
      ? sql`c.id = any (${options.only}::integer[])`
      : sql`(c.channel <> all (${channels}::text[]) or ${hasWay(options.ways)})`;
  const { rows } = await sql<AdoptRow>`
    with due as materialized (
      select c.id, c.channel, c.target_type, c.target_id, c.template_id, c.slack_target_channel,
             ${eventCodeOf} as event_code,
             -- Columns that a database before OpsDeck 0.7 does not have.
             (to_jsonb(c)->>'event_rule_id')::integer as event_rule_id,
             c.scheduled_date, c.created_at, c.retry_count, lower(btrim(c.recipient_email)) as address
        from scheduled_communication c
       where c.status = 'pending'
         and c.scheduled_date <= (${now}::timestamptz at time zone ${zones.business}::text)::date
         and (c.next_retry_at is null or c.next_retry_at <= ${now}::timestamptz at time zone ${zones.stored}::text)
         and ${wanted}
       order by c.scheduled_date, c.id
       limit ${batch}::integer
         for update of c skip locked
    ), judged as (
      select due.*,
             case when due.channel <> all (${channels}::text[]) then 'unknown_channel'
                  when due.channel = any (${personal}::text[]) and not coalesce(${plausibleSql(sql`due.address`)}, false) then 'no_recipient'
                  when due.target_type = 'campaign' and campaign.id is null then 'campaign_missing'
                  when due.target_type <> 'campaign' and template.id is null then 'template_missing'
                  when due.target_type <> 'campaign' and template.is_active is false then 'template_inactive'
             end as refusal,
             greatest(due.scheduled_date::timestamp at time zone ${zones.business}::text,
                      due.created_at at time zone ${zones.stored}::text) as due_at
        from due
        left join campaign on due.target_type = 'campaign' and campaign.id = due.target_id
        left join email_template template on template.id = due.template_id
    ), aged as (
      select judged.*, coalesce(due_at < ${oldest}::timestamptz, false) as old from judged
    ), refused as (
      update scheduled_communication c
         set status = 'failed', next_retry_at = null, retry_count = coalesce(c.retry_count, 0),
             error_message = ${sentences}::jsonb->>aged.refusal
        from aged where c.id = aged.id and aged.refusal is not null
    ), ours as (
      insert into opsdeck_jobs.message
        (communication_id, run_id, job, origin, event_code, channel, destination, dedupe_key, context,
         created_at, due_at, seen_at, failures, state, last_code, last_reason)
      select id, null, 'communications', 'opsdeck',
             event_code, channel,
             case when channel = any (${personal}::text[]) then address
                  when event_rule_id is not null then channel || ':rule ' || event_rule_id::text
                  when channel <> all (${withPlaces}::text[]) then channel
                  when coalesce(btrim(slack_target_channel), '') = '' then channel || ':' || coalesce(address, 'webhook')
                  else channel || ':#' || ltrim(btrim(slack_target_channel), '#') end,
             'communication:' || id::text, '{}', ${now}::timestamptz, due_at, ${now}::timestamptz, coalesce(retry_count, 0),
             case when old then 'held' else 'queued' end, case when old then 'too_old' end,
             case when old then 'It had been due for too long when it was first seen' end
        from aged where refusal is null
       order by id
      -- A row that we had settled and that somebody has queued again; its context is kept.
      on conflict (communication_id) do update
         set state = excluded.state, due_at = excluded.due_at, seen_at = excluded.seen_at, waits = 0, refused_since = null, announced_at = null, failures = excluded.failures, attempts = 0,
             next_attempt_at = null, expires_at = null, finished_at = null, breaker_key = null, provider_id = null,
             last_code = excluded.last_code, last_reason = excluded.last_reason
       where message.state in ('sent', 'failed', 'cancelled')
    ), parked as (
      update scheduled_communication c
         set next_retry_at = timestamp '9999-01-01 00:00:00', retry_count = coalesce(c.retry_count, 0)
        from aged where c.id = aged.id and aged.refusal is null
    )
    select refusal, old, count(*)::integer as taken from aged group by refusal, old`.execute(db);
  return rows;
}
