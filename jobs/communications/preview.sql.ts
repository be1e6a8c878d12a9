import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import { channels } from '../../src/notify/channels/lookup.ts';
import type { OpenWay } from '../../src/notify/outbox/open-way.ts';
import { hasWay } from '../../src/notify/outbox/open-ways.ts';
import { isTooOld } from '../../src/notify/outbox/recover.ts';
import type { Zones } from '../../src/time/zones.ts';

/** Messages of one channel with one text that the next run would treat alike. */
export type PreviewGroup = {
  readonly channel: string;
  /** The template or, of a campaign, its title. */
  readonly message: string;
  readonly campaign: boolean;
  /** `due`: it would be sent. `left`: OpsDeck keeps it. `failed`: it has failed for good in the last 7 days. */
  readonly becomes:
    | 'due'
    | 'left'
    | 'unconfigured'
    | 'deferred'
    | 'held'
    | 'unknown'
    | 'channel_failing'
    | 'failed';
  readonly recipients: number;
  readonly messages: number;
  /** Since when the oldest of them is due; ISO 8601 UTC. */
  readonly oldest: string;
  /** Why it is not sent; null: it would be, or nothing is recorded. */
  readonly reason: string | null;
};

/** More groups than this are not read. */
const shown = 50;

/** What is waiting, and what has failed. */
export interface PreviewScope {
  readonly now: Date;
  readonly zones: Zones;
  readonly maxAgeMs: number;
  readonly adopts: boolean;
  /** What can be sent now. */
  readonly ways: readonly OpenWay[];
}

/** One statement: what is in the outbox, and of OpsDeck's queue what is due, by channel and text; most recipients first. */
export async function readPreview(
  db: Kysely<Database>,
  { now, zones, maxAgeMs, adopts, ways }: PreviewScope,
): Promise<readonly PreviewGroup[]> {
  const oldest = new Date(now.getTime() - maxAgeMs);
  const usable = ways.map(({ channel }) => channel);
  const { rows } = await sql<Omit<PreviewGroup, 'oldest'> & { oldest: Date }>`
    with waiting as (
      select c.channel, c.target_type = 'campaign' as campaign,
             coalesce(case when c.target_type = 'campaign' then g.title else t.name end, m.event_code, c.target_type) as message,
             coalesce(m.destination, lower(btrim(c.recipient_email)), c.slack_target_channel, c.channel) as destination,
             coalesce(m.due_at, greatest(c.scheduled_date::timestamp at time zone ${zones.business}::text,
                                         c.created_at at time zone ${zones.stored}::text)) as due_at,
             m.id, m.state, m.last_reason, m.next_attempt_at, coalesce(${isTooOld(now, oldest)}, false) as too_old, k.reason as trouble,
             m.id is null and c.channel = any (${channels}::text[]) and not ${hasWay(ways)} as no_way
        from scheduled_communication c
        left join opsdeck_jobs.message m on m.communication_id = c.id
        left join email_template t on t.id = c.template_id
        left join campaign g on c.target_type = 'campaign' and g.id = c.target_id
        left join opsdeck_jobs.channel k on k.channel = c.channel and k.code is not null
       where c.status = 'pending'
         and case when m.id is not null then m.waits_for is not null
                  else ${adopts}::boolean
                   and c.scheduled_date <= (${now}::timestamptz at time zone ${zones.business}::text)::date
                   and (c.next_retry_at is null or c.next_retry_at <= ${now}::timestamptz at time zone ${zones.stored}::text) end
    ), judged as (
      select *, case when state in ('held', 'unknown') then state
                     when no_way then 'left'
                     when too_old or (id is null and due_at < ${oldest}::timestamptz) then 'held'
                     when id is not null and channel <> all (${usable}::text[]) then 'unconfigured'
                     when trouble is not null then 'channel_failing'
                     when next_attempt_at > ${now}::timestamptz then 'deferred'
                     else 'due' end as becomes
        from waiting
    )
    select channel, message, campaign, becomes, count(distinct destination)::integer as recipients,
           count(*)::integer as messages, min(due_at) as oldest,
           (array_agg(case when becomes = 'channel_failing' then trouble
                           when becomes = 'held' then coalesce(last_reason, 'too old')
                           when becomes in ('left', 'unconfigured') then 'the channel is off or not configured'
                           when becomes <> 'due' then last_reason end order by due_at))[1] as reason
      from judged group by channel, message, campaign, becomes
     order by recipients desc, channel, message, becomes limit ${shown}::integer`.execute(db);
  return rows.map(({ oldest: since, ...group }) => ({ ...group, oldest: since.toISOString() }));
}

/** Messages that failed longer ago are not news. */
const failedDays = 7;

/** One statement: what has failed for good lately, by channel, text and reason, with the words of the newest; most messages first. */
export async function readFailed(db: Kysely<Database>, now: Date): Promise<readonly PreviewGroup[]> {
  const { rows } = await sql<Omit<PreviewGroup, 'oldest' | 'becomes'> & { oldest: Date }>`
    select m.channel, coalesce(c.target_type = 'campaign', false) as campaign,
           coalesce(case when c.target_type = 'campaign' then g.title else t.name end, m.event_code) as message,
           count(distinct m.destination)::integer as recipients, count(*)::integer as messages, min(m.due_at) as oldest,
           (array_agg(m.last_reason order by m.finished_at desc))[1] as reason
      from opsdeck_jobs.message m
      left join scheduled_communication c on c.id = m.communication_id
      left join email_template t on t.id = c.template_id
      left join campaign g on c.target_type = 'campaign' and g.id = c.target_id
     where m.state = 'failed' and m.finished_at > ${now}::timestamptz - make_interval(days => ${failedDays}::integer)
     group by 1, 2, 3, m.last_code
     order by messages desc, channel, message limit ${shown}::integer`.execute(db);
  return rows.map(({ oldest, ...group }) => ({ ...group, becomes: 'failed', oldest: oldest.toISOString() }));
}
