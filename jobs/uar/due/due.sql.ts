import { type RawBuilder, sql } from 'kysely';
import type { Zones } from '../../../src/time/zones.ts';

/*
 * When a finding is due: so many calendar days of the business zone after it was first seen, or after an execution opened it again, as
 * `settings.due` of its comparison has them now for its severity. It is overdue from the day after, while it is open or acknowledged
 * and not excepted: what is acknowledged is still there.
 *
 * The fragments name `f` (uar_finding), `i` (uar_identity, may be missing), `o` (uar_comparison_state, may be missing) and `c`
 * (uar_comparison).
 */

/** The day from which the due date counts; NULL: unknown. */
function openedDay({ stored, business }: Zones): RawBuilder<unknown> {
  return sql`(coalesce(i.opened_at, f.first_seen_at at time zone ${stored}::text) at time zone ${business}::text)::date`;
}

/** Days that it has been open until that day, or was open until it was closed; NULL: unknown. */
export function ageDays(zones: Zones, today: string): RawBuilder<unknown> {
  const { stored, business } = zones;
  return sql`(coalesce((f.resolved_at at time zone ${stored}::text at time zone ${business}::text)::date, ${today}::date)
    - ${openedDay(zones)})`;
}

/** NULL: it has no due date. */
export function dueDay(zones: Zones): RawBuilder<unknown> {
  return sql`(${openedDay(zones)} + substring(o.settings -> 'due' ->> f.severity from '^[0-9]{1,4}')::integer)`;
}

/** Whether it is overdue on that day; never NULL. */
export function isOverdue(zones: Zones, today: string): RawBuilder<unknown> {
  return sql`coalesce(f.status in ('open', 'acknowledged') and ${dueDay(zones)} < ${today}::date
    and i.exception_id is null
    and not exists (
      select from opsdeck_jobs.uar_exception e
       where (e.comparison_id is null or e.comparison_id = c.id) and e.revoked_at is null and e.until >= ${today}::date
         and (e.finding_type is null or e.finding_type = f.finding_type) and e.key_text = coalesce(i.key_text, f.key_value)), false)`;
}

/** Findings that are overdue on that day, of comparisons that have due dates and are not archived. */
export function overdueFrom(zones: Zones, today: string): RawBuilder<unknown> {
  return sql`
        from opsdeck_jobs.uar_comparison_state o
        join public.uar_comparison c on c.id = o.comparison_id and c.is_archived is distinct from true
        join public.uar_execution x on x.comparison_id = c.id
        join public.uar_finding f on f.execution_id = x.id
        left join opsdeck_jobs.uar_identity i on i.finding_id = f.id
       where o.settings ? 'due' and ${isOverdue(zones, today)}`;
}
