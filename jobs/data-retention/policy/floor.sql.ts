import { type Kysely, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { RetentionSettings } from '../settings.ts';

/** The first run with a lowered floor writes it and its reason to the action log; so does the first one after each change. */
export async function recordFloor(
  trx: Kysely<Database>,
  floor: RetentionSettings['floor_days'],
  { actor, now }: { readonly actor: string; readonly now: Date },
): Promise<void> {
  const after = JSON.stringify(floor === undefined ? null : { days: floor.days, reason: floor.reason });
  await sql`
    insert into opsdeck_jobs.action_log (at, actor, action, subject, before, after, note)
    select ${now}::timestamptz, ${actor}, 'retention.floor', 'retention:floor_days', last.after, ${after}::text::jsonb, ${floor?.reason ?? null}
      from (select (select after from opsdeck_jobs.action_log
                     where subject = 'retention:floor_days' order by at desc, id desc limit 1) as after) last
     where coalesce(last.after, 'null'::jsonb) <> ${after}::text::jsonb`.execute(trx);
}
