import { type Kysely, sql } from 'kysely';
import type { Database } from '../../db/tables.ts';
import type { Channel } from '../channels/names.ts';

/** Has one of these channels, or one of their destinations, failed since and delivered nothing after it? No statement for none. */
export async function isStillFailing(
  db: Kysely<Database>,
  channels: readonly Channel[],
  since: Date,
): Promise<boolean> {
  if (channels.length === 0) return false;
  const { rows } = await sql`
    select from opsdeck_jobs.channel where code is not null and channel = any (${channels}::text[])
    union all
    select from opsdeck_jobs.destination
     where channel = any (${channels}::text[]) and updated_at >= ${since}::timestamptz
     limit 1`.execute(db);
  return rows.length > 0;
}
