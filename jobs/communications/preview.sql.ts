import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import { isTooOld } from '../../src/notify/outbox/recover.ts';
import type { Zones } from '../../src/time/zones.ts';

/** Messages of one channel with one text that the next run would treat alike. */
export type PreviewGroup = {
  readonly channel: string;
  /** The template or, of a campaign, its title. */
  readonly message: string;
  readonly campaign: boolean;
  /** `due`: it would be sent. */
  readonly becomes: 'due' | 'deferred' | 'held' | 'unknown' | 'channel_failing';
  readonly recipients: number;
  readonly messages: number;
  /** Since when the oldest of them is due; ISO 8601 UTC. */
  readonly oldest: string;
  /** Why it is not sent; null: it would be, or nothing is recorded. */
  readonly reason: string | null;
};

/** More groups than this are not read. */
const shown = 50;

/** One statement: what is in the outbox, and of OpsDeck's queue what would be adopted, by channel and text; most recipients first. */
export async function readPreview(
  db: Kysely<Database>,
  {
    now,
    zones,
    maxAgeMs,
    adopts,
  }: { readonly now: Date; readonly zones: Zones; readonly maxAgeMs: number; readonly adopts: boolean },
): Promise<readonly PreviewGroup[]> {
  const oldest = new Date(now.getTime() - maxAgeMs);
  const { rows } = await sql<Omit<PreviewGroup, 'oldest'> & { oldest: Date }>`
    with waiting as (
      select c.channel, c.target_type = 'campaign' as campaign,
             coalesce(case when c.target_type = 'campaign' then g.title else t.name end, m.event_code, c.target_type) as message,
             coalesce(m.destination, lower(btrim(c.recipient_email)), c.slack_target_channel, c.channel) as destination,
             coalesce(m.due_at, greatest(c.scheduled_date::timestamp at time zone ${zones.business}::text,
                                         c.created_at at time zone ${zones.stored}::text)) as due_at,
             m.id, m.state, m.last_reason, m.next_attempt_at, coalesce(${isTooOld(now, oldest)}, false) as too_old, k.reason as trouble
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
                     when too_old or (id is null and due_at < ${oldest}::timestamptz) then 'held'
                     when trouble is not null then 'channel_failing'
                     when next_attempt_at > ${now}::timestamptz then 'deferred'
                     else 'due' end as becomes
        from waiting
    )
    select channel, message, campaign, becomes, count(distinct destination)::integer as recipients,
           count(*)::integer as messages, min(due_at) as oldest,
           (array_agg(case when becomes = 'channel_failing' then trouble
                           when becomes = 'held' then coalesce(last_reason, 'too old')
                           when becomes <> 'due' then last_reason end order by due_at))[1] as reason
      from judged group by channel, message, campaign, becomes
     order by recipients desc, channel, message, becomes limit ${shown}::integer`.execute(db);
  return rows.map(({ oldest: since, ...group }) => ({ ...group, oldest: since.toISOString() }));
}
