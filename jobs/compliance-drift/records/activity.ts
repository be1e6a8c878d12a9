import { sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { by, byType, type RecordKind, type Renamed } from '../../../src/records/record-kind.ts';
import { count } from '../../../src/text/count.ts';

/** How the text of a snapshot names an execution as the evidence of a rule. */
const namedAsEvidence = '"evidence": ?\\{"model": ?"ActivityExecution", ?"id": ?([0-9]+)';

const criteria = sql`opsdeck_jobs.try_jsonb(t.criteria)`;

/** A security activity with its executions: what `import activities` brought. */
export const activity: RecordKind = {
  name: 'activity',
  plural: 'activities',
  table: 'security_activity',
  rows: sql`
    select a.id, a.name, null::boolean as enabled, e.executions::text as executions, e.newest::text as newest
      from public.security_activity a
      cross join lateral (select count(*) as executions, max(execution_date) as newest
                            from public.activity_execution x where x.activity_id = a.id) e`,
  details: ['executions', 'newest'],
  rename: { column: 'name', longest: 255, among: () => sql<boolean>`true`, follow: renameInRules },
  parts: [
    { one: 'execution', many: 'executions', table: 'activity_execution', where: by('activity_id') },
    {
      ...{ one: 'link', many: 'links', table: 'compliance_link' },
      where: byType('SecurityActivity', { type: 'linkable_type', id: 'linkable_id' }),
    },
  ],
  stays: [
    {
      ...{ one: 'rule without evidence', many: 'rules without evidence', table: 'compliance_rule' },
      where: (id) => sql<boolean>`t.target_model = 'ActivityExecution'
        and (${criteria} ->> 'value' = ${String(id)}::text
             or ${criteria} ->> 'activity_name' = (select name from public.security_activity where id = ${id}::integer))`,
    },
  ],
  evidence: [
    {
      ...{ one: 'execution that a snapshot names as evidence', table: 'activity_execution' },
      many: 'executions that snapshots name as evidence',
      where: (id) => sql<boolean>`t.activity_id = ${id}::integer and t.id in (
        select m.id[1]::integer
          from opsdeck_jobs.drift_snapshot s
          join public.compliance_audit a on a.id = s.audit_id
         cross join lateral regexp_matches(a.snapshot_data::text, ${namedAsEvidence}::text, 'g') as m (id))`,
    },
  ],
  page: '/security/activities',
};

/** Rules name an activity by its number, or by its name: these follow. Of several activities of one name they mean the first. */
async function renameInRules(
  trx: Transaction<Database>,
  { id, from, to }: Renamed,
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: number }>`
    update public.compliance_rule t set criteria = jsonb_set(${criteria}, '{activity_name}', to_jsonb(${to}::text))::text
     where t.target_model = 'ActivityExecution' and ${criteria} ->> 'activity_name' = ${from}::text
       and not exists (select from public.security_activity a where a.name = ${from}::text and a.id < ${id}::integer)
    returning t.id`.execute(trx);
  return rows.length === 0
    ? []
    : [`${count(rows.length, 'rule names', 'rules name')} it by its new name now.`];
}
