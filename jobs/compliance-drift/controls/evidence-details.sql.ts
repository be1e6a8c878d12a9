import { type Kysely, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { Day } from '../../../src/time/day.ts';
import type { Zones } from '../../../src/time/zones.ts';

/** A row that is evidence. */
export interface EvidenceReference {
  /** OpsDeck's target model. */
  readonly model: string;
  readonly id: number;
}

/** What an auditor asks about a piece of evidence; null: not recorded. */
export interface EvidenceDetail {
  /** What was done: the name of the activity, of the campaign, … */
  readonly what: string;
  /** The day that the record names; business zone. */
  readonly performed: Day | null;
  readonly recordedAt: Date | null;
  /** Who performed it. */
  readonly by: string | null;
  /** Who recorded it, by OpsDeck's journal, by a sign-off or by an import. */
  readonly recordedBy: string | null;
  /** Where it is described, such as a ticket. */
  readonly link: string | null;
}

interface DetailRow {
  readonly model: string;
  readonly id: number;
  readonly what: string;
  readonly performed: string | null;
  readonly recorded_at: Date | null;
  readonly performed_by: string | null;
  readonly recorded_by: string | null;
  readonly link: string | null;
}

export function evidenceKey({ model, id }: EvidenceReference): string {
  return `${model}:${id}`;
}

/** The details of any number of rows, by {@link evidenceKey}: one statement. What was deleted is not among them. */
export async function evidenceDetails(
  db: Kysely<Database>,
  { stored, business }: Zones,
  references: readonly EvidenceReference[],
): Promise<ReadonlyMap<string, EvidenceDetail>> {
  if (references.length === 0) return new Map();
  const ids = (model: string) => sql`any (array(select id from wanted where model = ${sql.lit(model)}))`;
  const day = (column: string) =>
    sql`(${sql.ref(column)} at time zone ${stored}::text at time zone ${business}::text)::date`;
  const { rows } = await sql<DetailRow>`
    with wanted as materialized (
      select distinct * from unnest(${references.map(({ model }) => model)}::text[],
                                    ${references.map(({ id }) => id)}::integer[]) as w (model, id)
    ),
    detail as (
      select 'ActivityExecution' as model, e.id, a.name as what, e.execution_date as performed, e.created_at as recorded,
             e.executor_id as user_id, null::text as link
        from activity_execution e join security_activity a on a.id = e.activity_id where e.id = ${ids('ActivityExecution')}
      union all
      select 'Campaign', c.id, c.title, ${day('c.processed_at')}, c.created_at, c.created_by_id, null
        from campaign c where c.id = ${ids('Campaign')}
      union all
      select 'MaintenanceLog', l.id, l.event_type, l.event_date, l.created_at, l.assigned_to_id, nullif(l.ticket_link, '')
        from maintenance_log l where l.id = ${ids('MaintenanceLog')}
      union all
      select 'BCDRTestLog', t.id, p.name, t.test_date, null, t.assignee_id, null
        from bcdr_test_log t join bcdr_plan p on p.id = t.plan_id where t.id = ${ids('BCDRTestLog')}
      union all
      select 'OnboardingProcess', p.id, p.new_hire_name, p.start_date, p.created_at, p.assigned_manager_id, null
        from onboarding_process p where p.id = ${ids('OnboardingProcess')}
      union all
      select 'OffboardingProcess', p.id, u.name, p.departure_date, p.created_at, p.manager_id, null
        from offboarding_process p join "user" u on u.id = p.user_id where p.id = ${ids('OffboardingProcess')}
      union all
      select 'SecurityAssessment', s.id, v.name, s.assessment_date, null, null, null
        from security_assessment s join supplier v on v.id = s.supplier_id where s.id = ${ids('SecurityAssessment')}
      union all
      select 'RiskAssessment', r.id, r.name, ${day('r.locked_at')}, r.created_at, null, null
        from risk_assessment r where r.id = ${ids('RiskAssessment')}
      union all
      select 'UARExecution', e.id, c.name, ${day('e.started_at')}, e.completed_at, null, null
        from uar_execution e join uar_comparison c on c.id = e.comparison_id where e.id = ${ids('UARExecution')}
    )
    select d.model, d.id, d.what, to_char(d.performed, 'YYYY-MM-DD') as performed,
           coalesce(s.at, i.recorded_at, d.recorded at time zone ${stored}::text) as recorded_at, u.name as performed_by,
           coalesce(s.email, i.recorded_by, j.recorded_by) as recorded_by, coalesce(d.link, i.reference) as link
      from detail d
      left join opsdeck_jobs.evidence_entry i on i.model = d.model and i.evidence_id = d.id
      left join "user" u on u.id = coalesce(d.user_id, i.performed_by)
      left join opsdeck_jobs.uar_sign_off s on d.model = 'UARExecution' and s.execution_id = d.id
      left join lateral (
        select coalesce(nullif(l.user_email, ''), w.email) as recorded_by
          from audit_log l left join "user" w on w.id = l.user_id
         where l.entity_type = d.model and l.entity_id = d.id and l.action = 'create'
         order by l.id limit 1) j on true`.execute(db);
  return new Map(
    rows.map((row) => [
      evidenceKey(row),
      {
        what: row.what,
        performed: row.performed,
        recordedAt: row.recorded_at,
        by: row.performed_by,
        recordedBy: row.recorded_by,
        link: row.link,
      },
    ]),
  );
}
