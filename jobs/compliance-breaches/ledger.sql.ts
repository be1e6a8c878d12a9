import { sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import type { Breach } from './breaches.sql.ts';

/** One statement: an alert about these rules was queued. */
export async function recordAlerts(
  trx: Transaction<Database>,
  breaches: readonly Breach[],
  of: { readonly today: Day; readonly dedupeKey: string; readonly runId: string },
): Promise<void> {
  const rows = breaches.map(({ rule_id, alerts }) => ({ rule_id, alerts: alerts + 1 }));
  await sql`
    insert into opsdeck_jobs.compliance_breach as b (rule_id, alerted_on, alerts, dedupe_key, run_id)
    select rule_id, ${of.today}::date, alerts, ${of.dedupeKey}, ${of.runId}::uuid
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (rule_id int, alerts int)
     order by rule_id
    on conflict (rule_id) do update
      set alerted_on = excluded.alerted_on, alerts = excluded.alerts, dedupe_key = excluded.dedupe_key, run_id = excluded.run_id`.execute(
    trx,
  );
}

/** One statement: the rules whose last alert is one of these. */
export async function rulesAlertedBy(
  trx: Transaction<Database>,
  dedupeKeys: readonly string[],
): Promise<ReadonlySet<number>> {
  const { rows } = await sql<{ rule_id: number }>`
    select rule_id from opsdeck_jobs.compliance_breach where dedupe_key = any (${dedupeKeys}::text[])`.execute(
    trx,
  );
  return new Set(rows.map(({ rule_id: id }) => id));
}

/** One statement: the next breach of these rules is a new one. */
export async function forgetEnded(trx: Transaction<Database>, rules: readonly number[]): Promise<void> {
  if (rules.length === 0) return;
  await sql`delete from opsdeck_jobs.compliance_breach where rule_id = any (${rules}::int[])`.execute(trx);
}
