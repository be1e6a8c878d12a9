import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import { addDays, type Day } from '../../src/time/calendar-day.ts';
import type { ExpiringItem, ItemKind } from './item.ts';
import { everybody, expiryKey, type Ledger, type LedgerEntry, type NewLedgerRow } from './ledger.ts';

/**
 * One statement: what messages that did not leave should have announced is due again. Where the message could not be delivered,
 * somebody else is alerted; where it was too old or was cancelled, the same one is alerted again. One that is too old is cancelled: if an
 * operator released it later, the same would be sent twice. Returns how many rows.
 */
export async function rearmUnsent(
  trx: Transaction<Database>,
  kinds: readonly ItemKind[],
  now: Date,
): Promise<number> {
  const { rows } = await sql<{ rearmed: number }>`
    with cancelled as (
      update opsdeck_jobs.message m
         set state = 'cancelled', finished_at = ${now.toISOString()}::timestamptz, last_code = 'alerted_again',
             last_reason = 'It was too old; another message repeats its alerts'
       where m.waits_for = 'operator' and m.state = 'held'
         and exists (
           select from opsdeck_jobs.alert_ledger l
            where l.dedupe_key = m.dedupe_key and l.destination = m.channel || ' ' || m.destination
              and l.state in ('alerted', 'covered') and l.item_kind = any (${kinds}::text[]))
      returning m.communication_id, m.dedupe_key, m.channel || ' ' || m.destination as destination
    ), parked as (
      update scheduled_communication c set status = 'cancelled', next_retry_at = null
        from cancelled m where c.id = m.communication_id and c.status = 'pending'
    ), unsent as (
      select dedupe_key, destination, 'withdrawn' as state from cancelled
      union all
      select dedupe_key, channel || ' ' || destination, case state when 'failed' then 'failed' else 'withdrawn' end
        from opsdeck_jobs.message where state in ('failed', 'cancelled')
    ), rearmed as (
      update opsdeck_jobs.alert_ledger l
         set state = m.state
        from unsent m
       where m.dedupe_key = l.dedupe_key and m.destination = l.destination and l.state in ('alerted', 'covered')
         and l.item_kind = any (${kinds}::text[])
      returning l.id
    )
    select count(*)::integer as rearmed from rearmed`.execute(trx);
  return rows[0]?.rearmed ?? 0;
}

interface LedgerRow {
  readonly item_kind: ItemKind;
  readonly item_id: number;
  readonly expiry_key: string;
  readonly destination: string;
  readonly threshold: number;
  readonly outcome: LedgerEntry['outcome'];
  readonly listedFor: Day | null;
}

/**
 * One statement: what has been alerted of these items, by us (the ledger) and by OpsDeck (its own queue rows for a subscription or
 * a licence, where the days between the row and the end are a threshold: they count for everybody).
 *
 * @param opsdeckDays the days before the end at which OpsDeck queues its rows now.
 */
export async function readLedger(
  db: Kysely<Database>,
  items: readonly ExpiringItem[],
  opsdeckDays: ReadonlyMap<ItemKind, number>,
): Promise<Ledger> {
  if (items.length === 0) return new Map();
  const wanted = items.map((item) => ({
    item_kind: item.kind,
    item_id: item.id,
    expiry_key: item.key,
    expires_on: item.expiresOn,
    thresholds: [...item.thresholds, ...[opsdeckDays.get(item.kind) ?? []].flat()],
  }));
  // By its days, which have an index: an item that renews each month has years of rows that have nothing to do with its next end.
  const days = [
    ...new Set(
      wanted.flatMap(({ expires_on, thresholds }) => thresholds.map((n) => addDays(expires_on, -n))),
    ),
  ];
  const byOpsdeck = items.some(({ kind }) => opsdeckDays.has(kind))
    ? sql`
    union all
    select w.item_kind, w.item_id, w.expiry_key, ${everybody}, w.expires_on - c.scheduled_date, 'sent', null
      from wanted w
      join scheduled_communication c on c.target_type = w.item_kind and c.target_id = w.item_id
     where w.item_kind in ('subscription', 'license') and c.status in ('pending', 'sent')
       and c.scheduled_date = any (${days}::date[])
       and w.expires_on - c.scheduled_date = any (w.thresholds)
       and not exists (select from opsdeck_jobs.message m where m.communication_id = c.id and m.origin = 'job')`
    : sql``;
  const { rows } = await sql<LedgerRow>`
    with wanted as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as w (
        item_kind text, item_id int, expiry_key text, expires_on date, thresholds int[])
    )
    select l.item_kind, l.item_id, l.expiry_key, l.destination, l.threshold,
           -- Also in a dry run, which re-arms nothing. One that failed may have been sent again by an operator.
           case coalesce(m.state, l.state) when 'failed' then 'failed' when 'held' then 'withdrawn' when 'cancelled' then 'withdrawn'
                when 'withdrawn' then 'withdrawn' else 'sent' end as outcome,
           l.listed_for::text as "listedFor"
      from wanted w
      join opsdeck_jobs.alert_ledger l using (item_kind, item_id, expiry_key)
      left join opsdeck_jobs.message m
        on m.dedupe_key = l.dedupe_key and m.channel || ' ' || m.destination = l.destination
    ${byOpsdeck}`.execute(db);
  const ledger = new Map<string, LedgerEntry[]>();
  for (const { item_kind, item_id, expiry_key, ...entry } of rows) {
    const key = expiryKey({ kind: item_kind, id: item_id, key: expiry_key });
    const entries = ledger.get(key);
    if (entries === undefined) ledger.set(key, [entry]);
    else entries.push(entry);
  }
  return ledger;
}

/** So many rows go into one statement. */
const perStatement = 10_000;

/** How a row differs from others. */
export function ledgerRowKey(
  row: Pick<
    NewLedgerRow,
    'item_kind' | 'item_id' | 'expiry_key' | 'destination' | 'threshold' | 'listed_for'
  >,
): string {
  return `${row.item_kind} ${row.item_id} ${row.expiry_key} ${row.destination} ${row.listed_for ?? row.threshold}`;
}

/**
 * A statement for each ten thousand rows. Whoever writes a row first tells what it says: of two runs at the same moment the second
 * waits for the first and then writes nothing. Returns the {@link ledgerRowKey}s of what was written.
 */
export async function writeLedger(
  trx: Transaction<Database>,
  rows: readonly NewLedgerRow[],
  { runId, now }: { readonly runId: string; readonly now: Date },
): Promise<ReadonlySet<string>> {
  const written = new Set<string>();
  for (let from = 0; from < rows.length; from += perStatement) {
    const some = rows.slice(from, from + perStatement);
    const { rows: inserted } = await sql<NewLedgerRow>`
      insert into opsdeck_jobs.alert_ledger
        (item_kind, item_id, expiry_key, expires_on, destination, threshold, state, reason, run_id, dedupe_key, recorded_at,
         listed_for)
      select item_kind, item_id, expiry_key, expires_on, destination, threshold, state, reason, ${runId}::uuid, dedupe_key,
             ${now.toISOString()}::timestamptz, listed_for
        from jsonb_to_recordset(${JSON.stringify(some)}::jsonb) as r (
               item_kind text, item_id int, expiry_key text, expires_on date, destination text, threshold int, state text,
               reason text, dedupe_key text, listed_for date)
       -- Two who write the same rows at once must meet them in the same order, or they wait for each other.
       order by item_kind, item_id, expiry_key, destination, threshold, listed_for
      -- Of alert_ledger_once or alert_ledger_listed.
      on conflict do nothing
      returning item_kind, item_id, expiry_key, destination, threshold, listed_for::text as listed_for`.execute(
      trx,
    );
    for (const row of inserted) written.add(ledgerRowKey(row));
  }
  return written;
}

/** Since when a kind is watched, and when it was looked at last; absent: never. */
export interface Watch {
  readonly beganOn: Day;
  readonly lastRunOn: Day;
  /** The month whose list of items without an owner was made; null: none was. */
  readonly listedFor: Day | null;
}

/** One statement. */
export async function readWatches(db: Kysely<Database>): Promise<ReadonlyMap<ItemKind, Watch>> {
  const { rows } = await sql<{
    item_kind: ItemKind;
    began_on: Day;
    last_run_on: Day;
    listed_for: Day | null;
  }>`
    select item_kind, began_on::text as began_on, last_run_on::text as last_run_on, listed_for::text as listed_for
      from opsdeck_jobs.alert_watch`.execute(db);
  return new Map(
    rows.map(({ item_kind, began_on, last_run_on, listed_for }) => [
      item_kind,
      { beganOn: began_on, lastRunOn: last_run_on, listedFor: listed_for },
    ]),
  );
}

/**
 * One statement: these kinds were looked at today.
 *
 * @param month whose list of items without an owner was made for them; null: it was not.
 */
export async function recordWatches(
  trx: Transaction<Database>,
  kinds: readonly ItemKind[],
  { today, month }: { readonly today: Day; readonly month: Day | null },
): Promise<void> {
  await sql`
    insert into opsdeck_jobs.alert_watch (item_kind, began_on, last_run_on, listed_for)
    select kind, ${today}::date, ${today}::date, ${month}::date from unnest(${kinds}::text[]) as k (kind) order by kind
    on conflict (item_kind) do update
      set last_run_on = greatest(opsdeck_jobs.alert_watch.last_run_on, excluded.last_run_on),
          listed_for = greatest(opsdeck_jobs.alert_watch.listed_for, excluded.listed_for)`.execute(trx);
}
