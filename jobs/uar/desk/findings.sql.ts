import { type Kysely, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { severityOrder } from '../../../src/job/severity.sql.ts';
import type { Severity } from '../../../src/job/severity.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { ageDays, dueDay, isOverdue } from '../due/due.sql.ts';
import type { Deadline } from '../due/due-words.ts';
import type { FindingStatus, FindingType } from '../finding-words.ts';

/** Which findings; undefined: all. */
export interface FindingFilter {
  readonly comparison?: number;
  readonly status: readonly FindingStatus[];
  readonly severity?: Severity;
  readonly type?: FindingType;
  /** The number of a finding: only what follows it. */
  readonly after?: number;
  readonly limit: number;
}

/** One finding as it is now. */
export interface ListedFinding extends Deadline {
  readonly id: number;
  readonly comparison_id: number;
  readonly comparison: string;
  readonly execution_id: number;
  readonly finding_type: string;
  readonly severity: string | null;
  readonly status: string | null;
  readonly key: string;
  readonly description: string | null;
  readonly affected_user_id: number | null;
  readonly affected_user: string | null;
  readonly incident_id: number | null;
  readonly first_seen_at: Date | null;
  readonly last_seen_at: Date | null;
  readonly recurrences: number;
  readonly note: string | null;
}

/** The place of a finding in the list: worst first, then the longest known. */
const placeOf = (finding: string) => sql`
  coalesce(${severityOrder(sql.ref(`${finding}.severity`))}, 99),
  coalesce(${sql.ref(`${finding}.first_seen_at`)}, 'infinity'), ${sql.ref(`${finding}.id`)}`;

/** One statement. */
export async function listFindings(
  db: Kysely<Database>,
  { zones, now }: { readonly zones: Zones; readonly now: Date },
  filter: FindingFilter,
): Promise<readonly ListedFinding[]> {
  const { after } = filter;
  const today = dayOf(now, zones.business);
  const chosen = sql`
      from public.uar_finding f
      join public.uar_execution e on e.id = f.execution_id
      join public.uar_comparison c on c.id = e.comparison_id
     where f.status = any (${filter.status}::text[])
       and (${filter.comparison ?? null}::integer is null or c.id = ${filter.comparison ?? null}::integer)
       and (${filter.severity ?? null}::text is null or f.severity = ${filter.severity ?? null}::text)
       and (${filter.type ?? null}::text is null or f.finding_type = ${filter.type ?? null}::text)
       and ${after === undefined ? sql`true` : sql`(${placeOf('f')}) > (select ${placeOf('k')} from public.uar_finding k where k.id = ${after}::integer)`}`;
  const { rows: findings } = await sql<ListedFinding>`
    with chosen as (
      select f.*, c.id as comparison_id, c.name as comparison ${chosen}
       order by ${placeOf('f')} limit ${filter.limit}::integer)
    select f.id, f.comparison_id, f.comparison, f.execution_id, f.finding_type, f.severity, f.status,
           coalesce(i.key_text, f.key_value, '') as key, f.description, u.id as affected_user_id, u.email as affected_user,
           coalesce(i.incident_id, f.security_incident_id) as incident_id, f.first_seen_at at time zone ${zones.stored} as first_seen_at,
           f.last_seen_at at time zone ${zones.stored} as last_seen_at, coalesce(i.recurrences, 0) as recurrences,
           f.resolution_notes as note, ${ageDays(zones, today)} as age_days, to_char(${dueDay(zones)}, 'YYYY-MM-DD') as due,
           ${isOverdue(zones, today)} as overdue
      from chosen f
      cross join lateral (select f.comparison_id as id) c
      left join opsdeck_jobs.uar_identity i on i.finding_id = f.id
      left join opsdeck_jobs.uar_comparison_state o on o.comparison_id = f.comparison_id
      left join public."user" u on f.affected_entity_type = 'user' and u.id = f.affected_entity_id
     order by ${placeOf('f')}`.execute(db);
  return findings;
}
