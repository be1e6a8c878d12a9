import { type Kysely, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { usage } from '../../../src/errors/usage.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { ageDays, dueDay, isOverdue } from '../due/due.sql.ts';
import type { Deadline } from '../due/due-words.ts';
import { opsdeckChanges } from './opsdeck-journal.sql.ts';
import { type ComparedField, type ComparedRows, sideBySide } from './side-by-side.ts';

/** A finding as it is now. */
export interface ExplainedFinding extends Deadline {
  readonly id: number;
  readonly comparison_id: number;
  readonly comparison: string;
  readonly execution_id: number;
  readonly type: string;
  readonly severity: string | null;
  readonly status: string | null;
  readonly key: string;
  readonly description: string | null;
  readonly differences: ComparedRows['differences'];
  readonly affected_user: string | null;
  readonly note: string | null;
  readonly incident_id: number | null;
  readonly incident_status: string | null;
  readonly recurrences: number;
  readonly first_seen_at: Date | null;
  readonly last_seen_at: Date | null;
  /** When the comparison runs next; null: by hand. */
  readonly next_run_at: Date | null;
}

/** One execution that saw it. */
export interface SeenBy {
  readonly execution_id: number;
  readonly at: Date;
  readonly novelty: string;
  readonly status: string;
  readonly exception_id: number | null;
  /** Was somebody alerted by this execution? */
  readonly alerted: boolean;
}

export interface DecidedBy {
  readonly decision: string;
  /** null: made on OpsDeck's page, whose note is the finding's. */
  readonly note: string | null;
  readonly actor: string;
  /** null: made on OpsDeck's page, or not recorded then. */
  readonly entered_by: string | null;
  readonly at: Date;
}

export interface FindingExplanation {
  readonly finding: ExplainedFinding;
  /** Both rows of a mismatch; null: it has not two. */
  readonly fields: readonly ComparedField[] | null;
  /** The newest first, {@link historyLength} at most. */
  readonly seen: readonly SeenBy[];
  readonly decisions: readonly DecidedBy[];
}

/** How many executions an explanation goes back. */
const historyLength = 20;

/** What is known of one finding. Four statements. @throws OperatorError `unknown_finding`, exit 2. */
export async function explainFinding(
  db: Kysely<Database>,
  { zones, now }: { readonly zones: Zones; readonly now: Date },
  id: number,
): Promise<FindingExplanation> {
  const today = dayOf(now, zones.business);
  const found = await sql<ExplainedFinding & ComparedRows>`
    select f.id, c.id as comparison_id, c.name as comparison, f.execution_id, f.finding_type as type, f.severity, f.status,
           coalesce(i.key_text, f.key_value, '') as key, f.description, f.differences::jsonb as differences,
           f.raw_data_a::jsonb as data_a, f.raw_data_b::jsonb as data_b, c.key_field_a, c.key_field_b,
           c.field_mappings::jsonb as field_mappings,
           u.email as affected_user, f.resolution_notes as note, n.id as incident_id, n.status as incident_status,
           coalesce(i.recurrences, 0) as recurrences, f.first_seen_at at time zone ${zones.stored} as first_seen_at,
           f.last_seen_at at time zone ${zones.stored} as last_seen_at,
           coalesce(c.next_run_at at time zone ${zones.stored}, o.next_run_at) as next_run_at,
           ${ageDays(zones, today)} as age_days, to_char(${dueDay(zones)}, 'YYYY-MM-DD') as due,
           ${isOverdue(zones, today)} as overdue
      from public.uar_finding f
      join public.uar_execution e on e.id = f.execution_id
      join public.uar_comparison c on c.id = e.comparison_id
      left join opsdeck_jobs.uar_comparison_state o on o.comparison_id = c.id
      left join opsdeck_jobs.uar_identity i on i.finding_id = f.id
      left join public.security_incident n on n.id = coalesce(i.incident_id, f.security_incident_id)
      left join public."user" u on f.affected_entity_type = 'user' and u.id = f.affected_entity_id
     where f.id = ${id}::integer`.execute(db);
  const [row] = found.rows;
  if (row === undefined) {
    throw usage(`There is no finding ${id}.`, 'Look for its number with `uar findings`.', 'unknown_finding');
  }
  const { data_a, data_b, key_field_a, key_field_b, field_mappings, ...finding } = row;
  const { differences } = row;
  const seen = await sql<SeenBy>`
    select x.execution_id, x.finished_at as at, p.novelty, p.status, p.exception_id::integer as exception_id,
           coalesce(e.alerts_sent, false) as alerted
      from opsdeck_jobs.uar_execution_record x
      join opsdeck_jobs.uar_observation p on p.execution_id = x.execution_id
      join opsdeck_jobs.uar_identity i on i.identity = p.identity and i.finding_id = ${id}::integer
      left join public.uar_execution e on e.id = x.execution_id
     where x.comparison_id = ${finding.comparison_id}::integer
     order by x.execution_id desc limit ${historyLength}::integer`.execute(db);
  const decisions = await sql<DecidedBy>`
    select decision, note, actor, entered_by, at from opsdeck_jobs.uar_decision
     where finding_id = ${id}::integer order by id desc`.execute(db);
  const changes = await opsdeckChanges(db, [{ id, since: null, status: finding.status }], {
    zones,
    until: null,
  });
  const theirs = changes.map(({ decision, actor, at }) => ({
    decision: decision ?? 'assigned',
    note: null,
    actor,
    entered_by: null,
    at,
  }));
  return {
    finding,
    fields: sideBySide({ data_a, data_b, differences, key_field_a, key_field_b, field_mappings }),
    seen: seen.rows,
    decisions: [...decisions.rows, ...theirs].toSorted((a, b) => b.at.getTime() - a.at.getTime()),
  };
}
