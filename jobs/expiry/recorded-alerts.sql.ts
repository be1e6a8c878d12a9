import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import type { ItemReference } from './decide-holds.sql.ts';
import type { ItemKind } from './item.ts';

/** One threshold whose alert was sent or recorded, as `expiry alerts` and `expiry show` list it. */
export interface RecordedAlert {
  readonly kind: ItemKind;
  readonly id: number;
  /** null: the item no longer exists. */
  readonly name: string | null;
  readonly key: string;
  readonly expires_on: Day;
  readonly threshold: number;
  /** Channel and destination; `*`: everybody. */
  readonly destination: string;
  readonly state: 'alerted' | 'covered' | 'baseline' | 'failed' | 'withdrawn';
  readonly reason: string | null;
  readonly recorded_at: Date;
  /** What became of the message; null: there is none (any more). */
  readonly message_state: string | null;
}

/** Newest first; without what was only covered. One statement. */
export async function readRecordedAlerts(
  db: Kysely<Database>,
  { item, limit }: { readonly item: ItemReference | null; readonly limit: number },
): Promise<readonly RecordedAlert[]> {
  const { rows } = await sql<RecordedAlert>`
    select l.item_kind as kind, l.item_id as id,
           coalesce(s.name, c.name, k.name, x.name) as name, l.expiry_key as key, l.expires_on::text as expires_on,
           l.threshold, l.destination, l.state, l.reason, l.recorded_at, m.state as message_state
      from opsdeck_jobs.alert_ledger l
      left join subscription s on l.item_kind = 'subscription' and s.id = l.item_id
      left join license c on l.item_kind = 'license' and c.id = l.item_id
      left join credentials k on l.item_kind = 'credential' and k.id = l.item_id
      left join certificates x on l.item_kind = 'certificate' and x.id = l.item_id
      left join opsdeck_jobs.message m
        on m.dedupe_key = l.dedupe_key and m.channel || ' ' || m.destination = l.destination
     where l.state <> 'covered' and (${item === null}::boolean and l.state <> 'baseline'
        or l.item_kind = ${item?.kind ?? ''} and l.item_id = ${item?.id ?? 0}::integer)
     order by l.recorded_at desc, l.item_kind, l.item_id, l.threshold, l.destination
     limit ${limit}::integer`.execute(db);
  return rows;
}
