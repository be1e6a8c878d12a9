import { type Kysely, sql } from 'kysely';
import type { Config } from '../../config/config.ts';
import type { Database } from '../../db/tables.ts';
import { parseDuration } from '../../time/duration.ts';
import type { Zones } from '../../time/zones.ts';
import type { OpenWay } from './open-way.ts';
import { hasWay } from './open-ways.ts';
import { isTooOld } from './recover.ts';
import { dueOf } from './stored-messages.ts';

/** What the job that delivers is configured to do with old messages, and with OpsDeck's. */
export interface HoldRule {
  readonly maxAgeMs: number;
  readonly adopts: boolean;
}

export function holdRuleOf({ jobs }: Pick<Config, 'jobs'>): HoldRule {
  const settings = jobs['communications']?.settings ?? {};
  const { max_age: maxAge, adopt_opsdeck_messages: adopts } = settings;
  return {
    maxAgeMs: parseDuration(typeof maxAge === 'string' ? maxAge : '72h', 'max_age'),
    adopts: adopts !== false,
  };
}

/** One statement: which of these rows of `scheduled_communication` the next run would put on hold because they are too old. */
export async function nextHeld(
  db: Kysely<Database>,
  ids: readonly number[],
  {
    now,
    zones,
    ways,
    rule: { maxAgeMs, adopts },
  }: {
    readonly now: Date;
    readonly zones: Zones;
    readonly ways: readonly OpenWay[];
    readonly rule: HoldRule;
  },
): Promise<ReadonlySet<number>> {
  const oldest = new Date(now.getTime() - maxAgeMs);
  const { rows } = await sql<{ id: number }>`
    select c.id from scheduled_communication c left join opsdeck_jobs.message m on m.communication_id = c.id
     where c.id = any (${ids}::integer[]) and c.status = 'pending'
       and case when m.id is null
                then ${adopts}::boolean and ${dueOf(zones)} < ${oldest}::timestamptz
                 and c.scheduled_date <= (${now}::timestamptz at time zone ${zones.business}::text)::date
                 and (c.next_retry_at is null or c.next_retry_at <= ${now}::timestamptz at time zone ${zones.stored}::text)
                 and ${hasWay(ways)}
                else ${isTooOld(now, oldest)} end`.execute(db);
  return new Set(rows.map(({ id }) => id));
}
