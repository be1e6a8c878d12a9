import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { type EvidenceDetail, evidenceDetails } from '../controls/evidence-details.sql.ts';
import { evidenceOf } from '../controls/present-controls.ts';
import { type PresentControl, readControls } from '../controls/read-controls.ts';
import type { EvaluationScope } from '../evaluate.sql.ts';
import { type FrameworkEdition, readEditions } from '../import/oscal/edition.sql.ts';
import { type RecordedScope, readRecordedScope } from './recorded-scope.sql.ts';

const row = z.object({
  id: z.int(),
  framework: z.string(),
  controlId: z.string(),
  name: z.string(),
  applicable: z.boolean(),
  justification: z.string().nullable(),
  links: z.array(z.string()),
  change: z
    .object({ at: z.coerce.date(), by: z.string().nullable(), source: z.enum(['journal', 'snapshot']) })
    .nullable(),
});

/** A row of the Statement of Applicability. `change`: the last one of its applicability; null: none was recorded. */
export interface ApplicableControl extends z.output<typeof row> {
  readonly present: PresentControl | undefined;
}

export interface Applicability {
  /** A missing justification first, then as the catalogs have them. */
  readonly controls: readonly ApplicableControl[];
  readonly details: ReadonlyMap<string, EvidenceDetail>;
  readonly editions: readonly FrameworkEdition[];
  readonly recorded: RecordedScope | null;
}

/**
 * Every control of the active frameworks, or of one. Six statements, whatever their number. OpsDeck's journal has who changed the applicability;
 * a change that it does not have is known from the snapshot that found it, without the person.
 */
export async function readApplicability(
  db: Kysely<Database>,
  scope: EvaluationScope,
): Promise<Applicability> {
  const { rows } = await sql`
    with wanted as materialized (
      select c.*, f.name as framework
        from framework_control c join framework f on f.id = c.framework_id
       where f.is_active and (${scope.frameworkId}::integer is null or f.id = ${scope.frameworkId}::integer)
    ),
    journal as materialized (
      select distinct on (l.entity_id) l.entity_id, l.timestamp at time zone ${scope.zones.stored}::text as at,
             coalesce(nullif(l.user_email, ''), u.email) as by
        from audit_log l left join "user" u on u.id = l.user_id
       where l.entity_type = 'FrameworkControl' and l.action in ('create', 'update') and l.changes like '%"is_applicable"%'
       order by l.entity_id, l.id desc
    ),
    snapshot as materialized (
      select distinct on (e.framework_control_id) e.framework_control_id, e.detected_at as at
        from opsdeck_jobs.drift_event e where e.class in ('became_applicable', 'became_not_applicable')
       order by e.framework_control_id, e.id desc
    ),
    link as materialized (
      select framework_control_id, json_agg(linkable_type || ' ' || linkable_id order by id) as links
        from compliance_link group by 1
    )
    select w.id, w.framework, w.control_id as "controlId", w.name, w.is_applicable as applicable,
           nullif(btrim(w.soa_justification, E' \\t\\r\\n'), '') as justification, coalesce(l.links, '[]') as links,
           case when j.at is not null then json_build_object('at', j.at, 'by', j.by, 'source', 'journal')
                when s.at is not null then json_build_object('at', s.at, 'by', null, 'source', 'snapshot') end as change
      from wanted w
      left join journal j on j.entity_id = w.id
      left join snapshot s on s.framework_control_id = w.id
      left join link l on l.framework_control_id = w.id`.execute(db);
  const present = await readControls(db, scope);
  const byId = new Map(present.map((one) => [one.id, one]));
  const controls = rows
    .map((one): ApplicableControl => {
      const control = row.parse(one);
      return { ...control, present: byId.get(control.id) };
    })
    .sort(missingFirst);
  return {
    controls,
    details: await evidenceDetails(db, scope.zones, evidenceOf(present)),
    editions: await readEditions(db, scope.frameworkId),
    recorded: await readRecordedScope(db, scope),
  };
}

/** Numbers inside identifiers count as numbers: AC-2 before AC-10. */
const identifiers = new Intl.Collator('en', { numeric: true });

function missingFirst(a: ApplicableControl, b: ApplicableControl): number {
  return (
    Number(a.justification !== null) - Number(b.justification !== null) ||
    identifiers.compare(a.framework, b.framework) ||
    identifiers.compare(a.controlId, b.controlId) ||
    a.id - b.id
  );
}
