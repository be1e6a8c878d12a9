import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { severityOrder } from '../../../src/job/severity.sql.ts';
import { severities } from '../../../src/job/severity.ts';
import type { Day } from '../../../src/time/calendar-day.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { findingTypes } from '../finding-words.ts';
import { dueDay, overdueFrom } from './due.sql.ts';

/** So many days after the due date the owner of the finding is alerted. */
const ownerSteps = [1, 7] as const;
/** And then the owner of the comparison, with `escalate_to`. */
export const escalationStep = 14;
const allSteps = [...ownerSteps, escalationStep];

const overdueRow = z.object({
  id: z.int(),
  execution_id: z.int(),
  comparison_id: z.int(),
  type: z.enum(findingTypes).nullable().catch(null),
  severity: z.enum(severities).nullable().catch(null),
  key: z.string(),
  due: z.string(),
  /** Steps that are reached and not announced. */
  steps: z.array(z.int()),
  assignee_id: z.int().nullable(),
});
export type OverdueFinding = z.output<typeof overdueRow>;

const comparisonRow = z.object({
  id: z.int(),
  name: z.string(),
  source_a_type: z.string(),
  source_a_config: z.json(),
  source_b_type: z.string(),
  source_b_config: z.json(),
  owner: z.string().nullable(),
  escalate_to: z
    .union([z.string().transform((one) => [one]), z.array(z.string())])
    .nullable()
    .catch(null),
  recipients: z.json(),
});
export type OverdueComparison = z.output<typeof comparisonRow>;

/**
 * Comparisons with due dates. Each is locked to the end of the transaction, so that of two runs one announces; one that another
 * run has is left to the next.
 */
export async function lockComparisons(trx: Transaction<Database>): Promise<readonly OverdueComparison[]> {
  const config = (side: 'a' | 'b') => {
    const column = sql.ref(`c.source_${side}_config`);
    // The list of a JSON source may be long, and nobody reads it here.
    return sql`case when ${sql.ref(`c.source_${side}_type`)} <> 'JSON' then opsdeck_jobs.try_jsonb(${column}::text) end`;
  };
  const { rows } = await sql`
    with locked as materialized (
      select comparison_id, settings from opsdeck_jobs.uar_comparison_state
       where settings ? 'due' order by comparison_id for update skip locked)
    select c.id, c.name, c.source_a_type, ${config('a')} as source_a_config, c.source_b_type, ${config('b')} as source_b_config,
           l.settings ->> 'owner' as owner, l.settings -> 'escalate_to' as escalate_to,
           opsdeck_jobs.try_jsonb(c.notification_recipients::text) as recipients
      from locked l join public.uar_comparison c on c.id = l.comparison_id
     where c.is_archived is distinct from true
     order by c.id`.execute(trx);
  return z.array(comparisonRow).parse(rows);
}

/** What is to be announced of these comparisons, the longest due first. One statement. */
export async function readOverdue(
  trx: Transaction<Database>,
  comparisons: readonly number[],
  { zones, today }: { readonly zones: Zones; readonly today: Day },
): Promise<readonly OverdueFinding[]> {
  const { rows } = await sql`
    with overdue as materialized (
      select f.id, f.execution_id, c.id as comparison_id, f.finding_type as type, f.severity, coalesce(i.key_text, f.key_value, '') as key,
             ${dueDay(zones)} as due, f.assigned_to_id
      ${overdueFrom(zones, today)} and c.id = any (${comparisons}::integer[]))
    select v.id, v.execution_id, v.comparison_id, v.type, v.severity, v.key, to_char(v.due, 'YYYY-MM-DD') as due, s.steps, u.id as assignee_id
      from overdue v
     cross join lateral (
       select coalesce(json_agg(t.step order by t.step), '[]') as steps
         from unnest(${allSteps}::integer[]) as t (step)
        where t.step <= ${today}::date - v.due
          and not exists (select from opsdeck_jobs.uar_overdue_notice n
                           where n.finding_id = v.id and n.due = v.due and n.step = t.step)) s
      left join public."user" u on u.id = v.assigned_to_id and u.is_archived is not true
     where json_array_length(s.steps) > 0
     order by v.due, ${severityOrder(sql.ref('v.severity'))}, v.key, v.id`.execute(trx);
  return z.array(overdueRow).parse(rows);
}

/** A step that was skipped is replaced by the later one. */
export async function recordOverdue(
  trx: Transaction<Database>,
  announced: readonly OverdueFinding[],
  now: Date,
): Promise<void> {
  const rows = announced.flatMap(({ id, due, steps }) =>
    steps.map((step) => ({ finding_id: id, due, step })),
  );
  await sql`
    insert into opsdeck_jobs.uar_overdue_notice (finding_id, due, step, announced_at)
    select finding_id, due, step, ${now}::timestamptz
      from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r (finding_id integer, due date, step integer)`.execute(
    trx,
  );
}

/** Those of these findings that are still overdue. */
export async function stillOverdue(
  trx: Transaction<Database>,
  findings: readonly number[],
  { zones, today }: { readonly zones: Zones; readonly today: Day },
): Promise<ReadonlySet<number>> {
  const { rows } = await sql<{ id: number }>`
    select f.id ${overdueFrom(zones, today)} and f.id = any (${findings}::integer[])`.execute(trx);
  return new Set(rows.map(({ id }) => id));
}

/** Takes away what was announced of findings that were removed. */
export async function pruneNotices(trx: Transaction<Database>): Promise<void> {
  await sql`
    delete from opsdeck_jobs.uar_overdue_notice n
     where not exists (select from public.uar_finding f where f.id = n.finding_id)`.execute(trx);
}
