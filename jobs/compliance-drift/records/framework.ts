import { sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { by, type Dependent, type RecordKind } from '../../../src/records/record-kind.ts';

const ofControls = (id: number) =>
  sql<boolean>`t.framework_control_id in (select id from public.framework_control where framework_id = ${id}::integer)`;

/** What depends on a control, by the column that all these tables have; `where` selects the controls. */
export function controlParts(where: Dependent['where']): readonly Dependent[] {
  const part = (table: string, one: string) => ({ one, many: `${one}s`, table, where });
  return [
    part('compliance_rule', 'rule'),
    part('compliance_link', 'link'),
    { ...part('opsdeck_jobs.catalog_control', 'note of an import'), silent: true },
    { ...part('opsdeck_jobs.control_forecast', 'forecast'), silent: true },
  ];
}

/** What the record keeps about a control that is there no more: each row names framework and identifier itself. */
export function controlRecord(where: Dependent['where']): readonly Dependent[] {
  const kept = (table: string, one: string) => ({ one, many: `${one}s`, table, where });
  return [
    kept('opsdeck_jobs.drift_event', 'drift event'),
    kept('opsdeck_jobs.control_attestation', 'attestation'),
    kept('opsdeck_jobs.control_action', 'action'),
    kept('opsdeck_jobs.control_acceptance', 'acceptance'),
  ];
}

/** Actions stay on the record: those of removed controls are still to be ended. */
export async function openActions(
  trx: Transaction<Database>,
  change: 'remove' | 'disable',
): Promise<readonly string[]> {
  if (change === 'disable') return [];
  const { rows } = await sql<{ id: number }>`
    select a.id::integer as id from opsdeck_jobs.control_action a
     where not exists (select from opsdeck_jobs.control_action_end e where e.action_id = a.id)
       and not exists (select from public.framework_control c where c.id = a.framework_control_id)
     order by a.id`.execute(trx);
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id).join(', ');
  return [`Open actions of removed controls: ${ids}. End each with \`controls action-done NUMBER\`.`];
}

/** A catalog with all that belongs to it: what `import oscal`, `import rules` and `import links` brought. */
export const framework: RecordKind = {
  name: 'framework',
  plural: 'frameworks',
  table: 'framework',
  rows: sql`
    select f.id, f.name, f.is_active as enabled,
           (select count(*) from public.framework_control c where c.framework_id = f.id)::text as controls,
           (select count(*) from public.compliance_rule r join public.framework_control c on c.id = r.framework_control_id
             where c.framework_id = f.id)::text as rules,
           coalesce(i.version, case when i.id is null then 'not recorded' else 'none in the catalog' end) as version,
           coalesce(concat_ws(', ', i.title, 'published ' || left(i.published, 10), 'last modified ' || left(i.last_modified, 10),
                              'OSCAL ' || i.oscal_version), 'version not recorded') as catalog,
           to_char(i.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"') || ' by ' || i.actor as imported,
           'sha256 ' || encode(i.file_hash, 'hex') as file
      from public.framework f
      left join lateral (select * from opsdeck_jobs.catalog_import c where c.framework_id = f.id order by c.id desc limit 1) i on true`,
  details: ['controls', 'rules', 'version'],
  more: ['catalog', 'imported', 'file'],
  rename: { column: 'name', longest: 255, among: () => sql<boolean>`true` },
  state: {
    column: 'is_active',
    on: true,
    enabled: 'compliance-drift evaluates its controls again',
    disabled: 'compliance-drift no longer evaluates its controls, and reports that as a change of scope',
  },
  parts: [
    ...controlParts(ofControls),
    { one: 'control', many: 'controls', table: 'framework_control', where: by('framework_id') },
  ],
  stays: [
    {
      one: 'snapshot',
      many: 'snapshots',
      table: 'opsdeck_jobs.drift_snapshot_framework',
      where: by('framework_id'),
    },
    ...controlRecord(ofControls),
    {
      one: 'recorded import',
      many: 'recorded imports',
      table: 'opsdeck_jobs.catalog_import',
      where: by('framework_id'),
    },
  ],
  evidence: [{ one: 'audit', many: 'audits', table: 'compliance_audit', where: by('framework_id') }],
  afterwards: openActions,
  page: '/frameworks',
};
