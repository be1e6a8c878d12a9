import { type Kysely, sql } from 'kysely';
import type { Period } from '../../../src/cli/runs/read-period.ts';
import type { Database } from '../../../src/db/tables.ts';
import { type AuditFormat, type AuditPart, reportFiles } from './audit-list.ts';
import { tableForms } from './table-report.ts';

/** What became of the scheduled runs of a job in a period. */
export interface JobFirings {
  readonly job: string;
  readonly expected: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly missed: number;
  readonly skipped: number;
  readonly running: number;
}

/**
 * By job: of each due time the last attempt. A row of missed or skipped ones stands for several. Successful runs that `keep_history` removed are
 * counted by their day: of them it is not known whether they were scheduled. One statement.
 */
export async function readFirings(
  db: Kysely<Database>,
  { from, to }: Period,
): Promise<readonly JobFirings[]> {
  const { rows } = await sql<JobFirings>`
    with firing as (
      select distinct on (job, scheduled_for) job, status,
             case when status in ('missed', 'skipped')
                  then greatest(1, coalesce((stands_for ->> 'count')::integer, 1)) else 1 end as firings
        from opsdeck_jobs.job_run
       where scheduled_for between ${from.toISOString()}::timestamptz and ${to.toISOString()}::timestamptz
       order by job, scheduled_for, attempt desc
    )
    select job, sum(firings)::integer as expected,
           coalesce(sum(firings) filter (where status = 'succeeded'), 0)::integer as succeeded,
           coalesce(sum(firings) filter (where status in ('failed', 'timed_out', 'interrupted')), 0)::integer as failed,
           coalesce(sum(firings) filter (where status = 'missed'), 0)::integer as missed,
           coalesce(sum(firings) filter (where status = 'skipped'), 0)::integer as skipped,
           coalesce(sum(firings) filter (where status = 'running'), 0)::integer as running
      from firing group by job order by job`.execute(db);
  return rows;
}

/** Successful runs of the period that are no longer in the history, by job. */
export async function readRemovedRuns(
  db: Kysely<Database>,
  { first, last }: { readonly first: string; readonly last: string },
): Promise<readonly { readonly job: string; readonly runs: number }[]> {
  const { rows } = await sql<{ job: string; runs: number }>`
    select job, sum(runs)::integer as runs from opsdeck_jobs.run_day
     where day between ${first}::date and ${last}::date group by job order by job`.execute(db);
  return rows;
}

export const firingColumns = ['job', 'expected', 'run', 'failed', 'missed', 'skipped', 'running'];

export function firingRow(one: JobFirings): readonly string[] {
  return [
    one.job,
    ...[one.expected, one.succeeded, one.failed, one.missed, one.skipped, one.running].map(String),
  ];
}

export function firingsPart(firings: readonly JobFirings[], period: Period, format: AuditFormat): AuditPart {
  const place = '12-scheduled-runs';
  const forms = tableForms(
    {
      title: 'Scheduled runs',
      about:
        'What became of the scheduled runs that were due in the period: of each due time the last attempt.',
      columns: firingColumns,
      rows: () => firings.map(firingRow),
    },
    format.origin,
  );
  return {
    missing: [],
    lists: [
      {
        place,
        title: 'Scheduled runs',
        source: 'opsdeck_jobs.job_run',
        filter: `due ${period.words}, counted by job`,
        count: firings.length,
        files: reportFiles(place, forms, format),
      },
    ],
  };
}
