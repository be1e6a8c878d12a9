import { type Kysely, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';

/*
 * What OpsDeck itself does to access reviews: the statements of its pages and of its sweep, without its words. Times are wall clock of a
 * session in UTC.
 */

const ada = { id: 1, email: 'ada@harbourlane.example' };

/** The form of a finding, and the bulk actions that decide: each sets `resolved_at` and who clicked, whatever the word. */
export async function decideOnPage(
  db: Kysely<Database>,
  finding: number,
  { status, at }: { readonly status: string; readonly at: string },
): Promise<void> {
  const before = await statusOf(db, finding);
  await sql`
    update public.uar_finding set status = ${status}, resolved_at = ${at}::timestamp, resolution_notes = 'Seen', assigned_to_id = ${ada.id}
     where id = ${finding}`.execute(db);
  await journal(db, finding, at, {
    ...(before === status ? {} : { status: { old: before, new: status } }),
    resolved_at: { old: null, new: at },
    resolution_notes: { old: null, new: 'Seen' },
    assigned_to_id: { old: null, new: ada.id },
  });
}

/** The bulk action `assign`. */
export async function assignOnPage(
  db: Kysely<Database>,
  finding: number,
  { to, at }: { readonly to: number; readonly at: string },
): Promise<void> {
  const before = await statusOf(db, finding);
  await sql`update public.uar_finding set status = 'acknowledged', assigned_to_id = ${to} where id = ${finding}`.execute(
    db,
  );
  await journal(db, finding, at, {
    status: { old: before, new: 'acknowledged' },
    assigned_to_id: { old: null, new: to },
  });
}

/** Its sweep at 08:00: one execution with what it found newly; the rows that it knows move to it. */
export async function executeInOpsdeck(
  db: Kysely<Database>,
  {
    comparison,
    at,
    next,
    found,
  }: {
    readonly comparison: number;
    readonly at: string;
    readonly next: string;
    readonly found: readonly string[];
  },
): Promise<void> {
  await sql`
    with execution as (
      insert into public.uar_execution (comparison_id, status, started_at, completed_at, source_a_snapshot, source_b_snapshot,
                                        findings_count, left_only_count, right_only_count, mismatch_count, alerts_sent, incidents_created)
      values (${comparison}, 'completed', ${at}::timestamp, ${at}::timestamp, '{"columns": [], "row_count": 38}',
              '{"columns": [], "row_count": 32}', 1, 0, 1, 0, false, 0)
      returning id
    ), moved as (
      update public.uar_finding f set execution_id = (select id from execution), last_seen_at = ${at}::timestamp
        from public.uar_execution e
       where e.id = f.execution_id and e.comparison_id = ${comparison} and f.status in ('open', 'acknowledged')
    ), swept as (
      update public.uar_comparison set last_run_at = ${at}::timestamp, next_run_at = ${next}::timestamp where id = ${comparison}
    )
    insert into public.uar_finding (execution_id, finding_type, severity, key_value, description, raw_data_a, raw_data_b, differences,
                                    status, created_at, first_seen_at, last_seen_at)
    select (select id from execution), 'Right Only (B)', 'critical', key, 'In B only', 'null', json_build_object('email', key), 'null',
           'open', ${at}::timestamp, ${at}::timestamp, ${at}::timestamp
      from unnest(${found}::text[]) as key`.execute(db);
}

async function statusOf(db: Kysely<Database>, finding: number): Promise<string | null> {
  const row = await db
    .selectFrom('uar_finding')
    .select('status')
    .where('id', '=', finding)
    .executeTakeFirstOrThrow();
  return row.status;
}

async function journal(
  db: Kysely<Database>,
  finding: number,
  at: string,
  changes: Readonly<Record<string, unknown>>,
): Promise<void> {
  await sql`
    insert into public.audit_log ("timestamp", user_id, user_email, ip_address, action, entity_type, entity_id, entity_repr, changes)
    values (${at}::timestamp, ${ada.id}, ${ada.email}, '10.0.0.4', 'update', 'UARFinding', ${finding}, 'UARFinding#' || ${finding}::int,
            ${JSON.stringify(changes)})`.execute(db);
}
