import { type RawBuilder, sql } from 'kysely';
import type { Day } from '../time/calendar-day.ts';

/** The table that a legal hold names to protect runs. */
export const heldHistory = 'opsdeck_jobs.job_run';

const inForce = (today: Day) => sql`
  h.table_name = ${heldHistory} and h.released_at is null and (h.until is null or h.until >= ${today}::date)`;

/**
 * Does a legal hold protect the run `r`? Of the columns that a hold names only these are compared, which are written in one way: a condition
 * on another one, or on one that is not there any more, leaves the hold on more runs, never on fewer.
 */
export function heldRun(today: Day): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select from opsdeck_jobs.retention_hold h
     where ${inForce(today)}
       and not exists (
         select from unnest(h.columns, h."values") as c (name, value)
           join (values ('id', r.id::text), ('job', r.job), ('status', r.status), ('trigger', r.trigger),
                        ('runner', r.runner), ('reason', r.reason), ('error_code', r.error_code)) as own (name, value)
             on own.name = c.name
          where own.value is distinct from c.value))`;
}

/** Does a legal hold protect any run? */
export function heldRuns(today: Day): RawBuilder<boolean> {
  return sql<boolean>`exists (select from opsdeck_jobs.retention_hold h where ${inForce(today)})`;
}
