import { type RawBuilder, sql } from 'kysely';
import { by, type Dependent, type RecordKind } from '../../../src/records/record-kind.ts';
import { type EvidenceTableName, evidenceTables } from '../import/evidence-tables.sql.ts';

interface EvidenceRecord {
  readonly kind: EvidenceTableName;
  readonly name: string;
  readonly plural: string;
  /** Of the row `e`: what it is known by, and the day as text. */
  readonly known: RawBuilder<unknown>;
  readonly day: RawBuilder<unknown>;
  readonly join?: RawBuilder<unknown>;
  readonly parts?: readonly Dependent[];
  readonly page: string;
}

/** Evidence that `import evidence` brought. What a snapshot names is not removed. */
function evidence({ kind, name, plural, known, day, join, parts = [], page }: EvidenceRecord): RecordKind {
  const { model, table } = evidenceTables[kind];
  const namedAsEvidence = `"evidence": ?\\{"model": ?"${model}", ?"id": ?([0-9]+)`;
  return {
    name: kind.replaceAll('_', '-'),
    plural: plural.replaceAll(' ', '-'),
    also: [kind],
    one: name,
    many: plural,
    table,
    rows: sql`
      select e.id, ${known} as name, null::boolean as enabled, ${day}::date::text as performed, e.status
        from ${sql.id('public', table)} e ${join ?? sql``}`,
    details: ['performed', 'status'],
    parts: [
      ...parts,
      {
        ...{ one: 'entry', many: 'entries', table: 'opsdeck_jobs.evidence_entry', silent: true },
        where: (id) => sql<boolean>`t.model = ${model}::text and t.evidence_id = ${id}::integer`,
      },
    ],
    evidence: [
      {
        ...{ one: 'snapshot that names it as evidence', many: 'snapshots that name it as evidence' },
        table: 'compliance_audit',
        where: (id) => sql<boolean>`t.id in (select audit_id from opsdeck_jobs.drift_snapshot)
          and exists (select from regexp_matches(t.snapshot_data::text, ${namedAsEvidence}::text, 'g') as m (id)
                       where m.id[1]::integer = ${id}::integer)`,
      },
    ],
    page,
  };
}

const tags = (table: string, column: string): Dependent => ({
  ...{ one: 'tag', many: 'tags', table },
  where: by(column),
});

export const evidenceRecords: readonly RecordKind[] = [
  evidence({
    ...{ kind: 'campaign', name: 'campaign', plural: 'campaigns', page: '/campaigns' },
    ...{ known: sql`e.title`, day: sql`coalesce(e.processed_at, e.created_at)` },
    parts: [
      tags('campaign_tags', 'campaign_id'),
      { one: 'recipient', many: 'recipients', table: 'campaign_users', where: by('campaign_id') },
      {
        one: 'addressed group',
        many: 'addressed groups',
        table: 'campaign_groups',
        where: by('campaign_id'),
      },
    ],
  }),
  evidence({
    ...{ kind: 'maintenance', name: 'maintenance', plural: 'maintenances', page: '/maintenance' },
    ...{ known: sql`e.event_type`, day: sql`e.created_at` },
    parts: [tags('maintenance_log_tags', 'maintenance_log_id')],
  }),
  evidence({
    ...{ kind: 'recovery_test', name: 'recovery test', plural: 'recovery tests', page: '/compliance/bcdr' },
    ...{ known: sql`p.name`, day: sql`e.test_date`, join: sql`join public.bcdr_plan p on p.id = e.plan_id` },
  }),
  evidence({
    ...{ kind: 'onboarding', name: 'onboarding', plural: 'onboardings', page: '/onboarding' },
    ...{ known: sql`e.new_hire_name`, day: sql`e.created_at` },
  }),
  evidence({
    ...{ kind: 'offboarding', name: 'offboarding', plural: 'offboardings', page: '/onboarding' },
    ...{ known: sql`u.email`, day: sql`e.created_at`, join: sql`join public."user" u on u.id = e.user_id` },
  }),
  evidence({
    ...{ kind: 'supplier_assessment', name: 'supplier assessment', plural: 'supplier assessments' },
    ...{ known: sql`v.name`, day: sql`e.assessment_date`, page: '/suppliers' },
    join: sql`join public.supplier v on v.id = e.supplier_id`,
  }),
  evidence({
    ...{ kind: 'risk_assessment', name: 'risk assessment', plural: 'risk assessments' },
    ...{ known: sql`e.name`, day: sql`e.created_at`, page: '/risk-assessments' },
  }),
];
