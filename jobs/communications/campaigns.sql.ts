import { sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { Zones } from '../../src/time/zones.ts';

/**
 * Lets campaigns go on from here; in OpsDeck they do only while somebody has their page open. A scheduled campaign is
 * `ongoing` from the moment it is scheduled for, and `finished` when none of its rows waits any more. `scheduled_at` is wall
 * clock of the business zone, as typed into OpsDeck's form.
 *
 * @returns how many moved on.
 */
export async function advanceCampaigns(trx: Transaction<Database>, now: Date, zones: Zones): Promise<number> {
  const { rows } = await sql<{ moved: number }>`
    with rows_of as (
      select target_id as campaign_id, count(*) as total, count(*) filter (where status = 'pending') as waiting,
             count(*) filter (where status = 'sent') as sent
        from scheduled_communication where target_type = 'campaign' group by target_id
    ), moved as (
      update campaign c
         set status = case when r.waiting = 0 then 'finished' else 'ongoing' end
        from rows_of r
       where r.campaign_id = c.id and c.status in ('scheduled', 'ongoing')
         and coalesce(c.scheduled_at <= ${now}::timestamptz at time zone ${zones.business}::text, true)
         and (r.sent > 0 or r.waiting = 0)
         and c.status <> case when r.waiting = 0 then 'finished' else 'ongoing' end
      returning c.id
    )
    select count(*)::integer as moved from moved`.execute(trx);
  return rows[0]?.moved ?? 0;
}
