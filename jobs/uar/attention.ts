import { sql } from 'kysely';
import { z } from 'zod';
import { type AttentionItem, attentionOf, instant } from '../../src/job/attention.ts';
import { severityOrder } from '../../src/job/severity.sql.ts';
import { severities } from '../../src/job/severity.ts';
import { count } from '../../src/text/count.ts';
import { dayOf } from '../../src/time/calendar-day.ts';
import { dueDay, overdueFrom } from './due/due.sql.ts';
import { dueSince } from './execution/due.sql.ts';

/** A comparison that was due before this is overdue: the job looks every quarter of an hour. */
const overdueAfterMs = 60 * 60_000;

/** `worst`: where the worst severity stands in our order, from 1. */
const reviewMatters = z.object({
  ...{ open: z.int(), worst: z.int().nullable(), open_since: instant },
  ...{ overdue: z.int(), overdue_names: z.string().nullable(), overdue_since: instant },
  ...{ late: z.int(), late_since: instant, late_worst: z.int().nullable() },
  ...{ incomplete: z.int(), incomplete_names: z.string().nullable(), incomplete_since: instant },
});

/** Findings that nobody has decided, those open after their due date, comparisons that are overdue, and those whose last execution gave no findings. */
export const reviewAttention = attentionOf(
  reviewMatters,
  ({ zones, now }) => sql`
    with open as (
      select count(*)::integer as open, min(${severityOrder(sql.ref('severity'))})::integer as worst,
             min(first_seen_at) at time zone ${zones.stored}::text as open_since
        from public.uar_finding where status = 'open'),
    overdue as (
      select count(*)::integer as overdue, string_agg(name, ', ' order by at, id) filter (where place <= 3) as overdue_names,
             min(at) as overdue_since
        from (select d.*, row_number() over (order by at, id) as place from (${dueSince(new Date(now.getTime() - overdueAfterMs), zones)}) d) d),
    late as (
      select count(*)::integer as late, min(due + 1)::timestamp at time zone ${zones.business}::text as late_since,
             min(${severityOrder(sql.ref('severity'))})::integer as late_worst
        from (select f.severity, ${dueDay(zones)} as due ${overdueFrom(zones, dayOf(now, zones.business))}) f),
    incomplete as (
      select count(*)::integer as incomplete,
             string_agg(name, ', ' order by id) filter (where place <= 3) as incomplete_names,
             min(finished_at) as incomplete_since
        from (select c.id, c.name, newest.finished_at, row_number() over (order by c.id) as place
                from public.uar_comparison c
               cross join lateral (
                 select x.outcome, x.finished_at from opsdeck_jobs.uar_execution_record x
                  where x.comparison_id = c.id order by x.execution_id desc limit 1) newest
               where c.is_enabled and c.is_archived is distinct from true and newest.outcome <> 'completed') c)
    select * from open, overdue, late, incomplete`,
  (rows) => rows.flatMap(mattersOf),
);

function mattersOf(row: z.output<typeof reviewMatters>): readonly AttentionItem[] {
  return [
    ...(row.open === 0
      ? []
      : [
          {
            severity: severities[(row.worst ?? severities.length) - 1] ?? 'low',
            what: `${count(row.open, 'open finding')} without a decision`,
            since: row.open_since,
            next: 'uar findings',
          } as const,
        ]),
    ...(row.overdue === 0
      ? []
      : [
          {
            severity: 'high',
            what: `${count(row.overdue, 'comparison')} overdue: ${named(row.overdue, row.overdue_names)}`,
            since: row.overdue_since,
            next: 'run-job uar',
          } as const,
        ]),
    ...(row.late === 0
      ? []
      : [
          {
            severity: severities[(row.late_worst ?? severities.length) - 1] ?? 'low',
            what: `${count(row.late, 'finding')} open after ${row.late === 1 ? 'its due date' : 'their due dates'}`,
            since: row.late_since,
            next: 'uar findings',
          } as const,
        ]),
    ...(row.incomplete === 0
      ? []
      : [
          {
            severity: 'high',
            what: `the last execution of ${count(row.incomplete, 'comparison')} is not complete: ${named(row.incomplete, row.incomplete_names)}`,
            since: row.incomplete_since,
            next: 'uar list',
          } as const,
        ]),
  ];
}

function named(total: number, names: string | null): string {
  return total > 3 ? `${names ?? ''} and ${total - 3} more` : (names ?? '');
}
