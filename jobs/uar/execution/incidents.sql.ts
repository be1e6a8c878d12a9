import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { isUrgent, severityOrder } from '../../../src/job/severity.sql.ts';
import type { Zones } from '../../../src/time/zones.ts';
import type { Comparison } from '../comparison.ts';

/**
 * `candidate`: critical and high findings that are open now and were not before, numbered from the worst down, unless they have an
 * incident that is still open.
 */
const candidates: RawBuilder<unknown> = sql`
  candidate as materialized (
    select s.identity, s.finding_id, s.finding_type, s.severity, left(s.key_text, 255) as key,
           row_number() over (order by ${severityOrder(sql.ref('s.severity'))}, s.finding_type, s.key_text) as n
      from uar_step s
      left join public.uar_finding f on f.id = s.finding_id
      left join opsdeck_jobs.uar_identity o on o.identity = s.identity
      left join public.security_incident i on i.id = coalesce(o.incident_id, f.security_incident_id)
     where ${isUrgent(sql.ref('s.severity'))} and s.novelty <> 'seen' and s.status = 'open'
       and (i.id is null or i.resolved_at is not null or lower(i.status) in ('resolved', 'closed'))
  )`;

/**
 * Findings with an incident of their own; the others share one. In the first execution that has a result of ours everything is new: all
 * of them share one.
 */
export function ownIncidents({ row, settings }: Comparison): number {
  return row.adopted_at === null ? 0 : settings.max_incidents;
}

/** How many incidents there will be. One statement. */
export async function planIncidents(trx: Transaction<Database>, most: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with ${candidates} select count(*)::int as count from candidate`.execute(trx);
  const count = rows[0]?.count ?? 0;
  return Math.min(count, most) + (count > most ? 1 : 0);
}

export interface IncidentScope {
  readonly executionId: number;
  readonly comparison: string;
  /** `auto_incident_severity`. */
  readonly severity: string;
  /** See {@link ownIncidents}. */
  readonly most: number;
  readonly now: Date;
  readonly zones: Zones;
}

/** So many keys are named in the incident that several findings share. */
const named = 50;

/**
 * Opens incidents as OpsDeck means to, and links their identities to them; their number. One statement. `external_ref` is unique, and
 * names the execution: none is made twice. `uar_finding.security_incident_id` stays NULL: with it OpsDeck's page of the execution fails.
 */
export async function openIncidents(
  trx: Transaction<Database>,
  { executionId, comparison, severity, most, now, zones }: IncidentScope,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with ${candidates},
    clock as materialized (select ${now}::timestamptz at time zone ${zones.stored}::text as stored_now),
    grouped as materialized (
      select case when n <= ${most}::int then n else 0 end as place, min(finding_id) as finding_id, min(key) as key,
             min(finding_type) as finding_type, min(severity) as severity, count(*)::int as findings,
             count(*) filter (where severity = 'critical')::int as critical,
             string_agg(format(E'- %s: %s (%s)', finding_type, key, severity), E'\n' order by n)
               filter (where n <= ${most}::int + ${named}::int) as list,
             array_agg(identity) as identities
        from candidate group by 1
    ),
    numbered as materialized (
      select g.*, nextval(pg_get_serial_sequence('public.security_incident', 'id'))::int as incident_id
        from (select * from grouped order by place = 0, place) g
    ),
    opened as (
      insert into public.security_incident
        (id, external_ref, title, description, incident_date, status, severity, impact, data_breach, third_party_impacted, created_at)
      select g.incident_id,
             case when g.place = 0 then format('uar-execution-%s', ${executionId}::int)
                  else format('uar-execution-%s-finding-%s', ${executionId}::int, g.finding_id) end,
             left(case when g.place = 0 then format('Access Violation: %s findings in %s', g.findings, ${comparison}::text)
                       else format('Access Violation: %s', g.key) end, 255),
             case when g.place = 0
                  then format(E'Generated from automated User Access Review: %s\n\n%s findings (%s critical)%s:\n%s%s\n\nExecution: %s',
                              ${comparison}::text, g.findings, g.critical,
                              case when ${most}::int > 0 then ' beyond those with an incident of their own' else '' end, g.list,
                              case when g.findings > ${named}::int then format(E'\nand %s more', g.findings - ${named}::int) else '' end,
                              ${executionId}::int)
                  else format(E'Generated from automated User Access Review: %s\n\nFinding Type: %s\nSeverity: %s\nDetails: %s\n\nExecution: %s',
                              ${comparison}::text, g.finding_type, g.severity,
                              (select r.description from uar_result r join candidate d on d.identity = r.identity
                                where d.finding_id = g.finding_id),
                              ${executionId}::int) end,
             c.stored_now, 'Investigating', left(${severity}::text, 50), 'Moderate', false, false, c.stored_now
        from numbered g cross join clock c
      returning id
    ),
    linked as (
      update opsdeck_jobs.uar_identity o set incident_id = g.incident_id
        from numbered g cross join unnest(g.identities) as of_group (identity)
       where o.identity = of_group.identity
    )
    select count(*)::int as count from opened`.execute(trx);
  return rows[0]?.count ?? 0;
}
