import { sql } from 'kysely';
import { by, type RecordKind } from '../../../src/records/record-kind.ts';

/** What measures a control by evidence. */
export const rule: RecordKind = {
  name: 'rule',
  plural: 'rules',
  table: 'compliance_rule',
  rows: sql`
    select r.id, r.name, coalesce(r.enabled, false) as enabled, c.framework_id, f.name as framework, c.control_id as control,
           r.target_model as evidence
      from public.compliance_rule r
      join public.framework_control c on c.id = r.framework_control_id
      join public.framework f on f.id = c.framework_id`,
  details: ['framework', 'control', 'evidence'],
  framework: true,
  rename: {
    column: 'name',
    longest: 150,
    among: (id) =>
      sql<boolean>`t.framework_control_id = (select framework_control_id from public.compliance_rule where id = ${id}::integer)`,
  },
  state: {
    column: 'enabled',
    on: true,
    enabled: 'it measures its control again',
    disabled: 'it no longer measures its control, and compliance-drift reports what that changes',
  },
  parts: [
    {
      ...{ one: 'note of an alert', many: 'notes of alerts', silent: true },
      table: 'opsdeck_jobs.compliance_breach',
      where: by('rule_id'),
    },
  ],
  page: '/frameworks',
};

/** What fulfils a control by hand. */
export const link: RecordKind = {
  name: 'link',
  plural: 'links',
  table: 'compliance_link',
  rows: sql`
    select l.id, left(regexp_replace(btrim(l.description), '\\s+', ' ', 'g'), 100) as name, null::boolean as enabled, c.framework_id,
           f.name as framework, c.control_id as control, l.linkable_type || ' ' || l.linkable_id as "to"
      from public.compliance_link l
      join public.framework_control c on c.id = l.framework_control_id
      join public.framework f on f.id = c.framework_id`,
  details: ['framework', 'control', 'to'],
  framework: true,
  parts: [],
  page: '/frameworks',
};
