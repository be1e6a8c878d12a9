import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import type { ItemReference } from './decide-holds.sql.ts';
import type { ItemKind } from './item.ts';
import { readItemNames } from './item-names.sql.ts';

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

/** Newest first; without what was only covered. Reads what it returns; two statements, and one for each kind in it. */
export async function readRecordedAlerts(
  db: Kysely<Database>,
  { item, limit }: { readonly item: ItemReference | null; readonly limit: number },
): Promise<readonly RecordedAlert[]> {
  const { rows } = await sql<RecordedAlert>`
    select l.item_kind as kind, l.item_id as id,
           null as name, l.expiry_key as key, l.expires_on::text as expires_on,
           l.threshold, l.destination, l.state, l.reason, l.recorded_at, m.state as message_state
      from opsdeck_jobs.alert_ledger l
      left join opsdeck_jobs.message m
        on m.dedupe_key = l.dedupe_key and m.channel || ' ' || m.destination = l.destination
     where ${
       item === null
         ? // As the index alert_ledger_recorded has it: so many rows are read as are shown.
           sql`l.state not in ('covered', 'baseline')`
         : sql`l.state <> 'covered' and l.item_kind = ${item.kind} and l.item_id = ${item.id}::integer`
     }
     order by l.recorded_at desc, l.item_kind, l.item_id, l.threshold, l.destination
     limit ${limit}::integer`.execute(db);
  const names = await readItemNames(db, rows);
  return rows.map((row) => ({ ...row, name: names.get(`${row.kind} ${row.id}`) ?? null }));
}
