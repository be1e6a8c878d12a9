import { sql } from 'kysely';
import { nextAfter, parseSchedule } from '../../../src/schedule/schedule.ts';
import type { Compared } from './month.ts';
import type { OverviewLine, OverviewPart, OverviewScope } from './part.ts';

const history = 'runs list --since 31d --limit 200';
/** A firing may start so much later. */
const graceMs = 60 * 60_000;

interface RunsOfJob {
  readonly place: number;
  readonly job: string;
  readonly succeeded: number;
  readonly failed: number;
  readonly missed: number;
  /** Of jobs whose schedule is on: the newest firing that somebody decided about; null: the schedule is off. */
  readonly last: Date | null;
  readonly schedule: string;
  readonly timezone: string;
}

/** Runs of all jobs. */
export interface RunTotals {
  readonly succeeded: number;
  readonly failed: number;
  readonly missed: number;
  /** Names of the jobs with failures, with missed runs, and without any run although their schedule is on. */
  readonly failing: readonly string[];
  readonly missing: readonly string[];
  readonly idle: readonly string[];
}

/** Runs that failed, and scheduled runs that did not start. One statement. */
export const runsPart: OverviewPart = {
  title: 'Jobs',
  read: async (scope) => {
    const { present, before } = await readRunTotals(scope);
    const line = (
      what: string,
      key: 'succeeded' | 'failed' | 'missed',
      names: readonly string[],
      next: string,
    ): OverviewLine => ({
      ...{ what, value: present[key], before: before[key] },
      ...{ detail: named(names), bad: key !== 'succeeded', next },
    });
    return [
      { ...line('runs succeeded', 'succeeded', [], history), lacking: present.succeeded === 0 },
      line('runs failed', 'failed', present.failing, history),
      line('scheduled runs missed', 'missed', present.missing, history),
      {
        ...{ what: 'scheduled jobs without any run', value: present.idle.length, before: before.idle.length },
        ...{ detail: named(present.idle), bad: true, next: 'list' },
      },
    ];
  },
};

export async function readRunTotals({
  db,
  zones,
  compared: { present, before },
}: Pick<OverviewScope, 'db' | 'zones'> & {
  readonly compared: Pick<Compared, 'present' | 'before'>;
}): Promise<{
  readonly present: RunTotals;
  readonly before: RunTotals;
}> {
  // Successes that were removed from the history are counted by day.
  const { rows } = await sql<RunsOfJob>`
    with span (place, begins, ends) as (
      values (1, ${present.from.toISOString()}::timestamptz, ${present.to.toISOString()}::timestamptz),
             (2, ${before.from.toISOString()}::timestamptz, ${before.to.toISOString()}::timestamptz)),
    counted as (
      select s.place, r.job, count(*) filter (where r.status = 'succeeded') as succeeded,
             count(*) filter (where r.status in ('failed', 'timed_out', 'interrupted')) as failed,
             coalesce(sum(greatest(1, coalesce((r.stands_for ->> 'count')::integer, 1))) filter (where r.status = 'missed'), 0) as missed
        from span s join opsdeck_jobs.job_run r on r.started_at between s.begins and s.ends
       group by s.place, r.job
      union all
      select s.place, d.job, sum(d.runs), 0, 0
        from span s join opsdeck_jobs.run_day d
          on d.day between (s.begins at time zone ${zones.business}::text)::date and (s.ends at time zone ${zones.business}::text)::date
       group by s.place, d.job)
    select s.place, j.job, coalesce(sum(c.succeeded), 0)::integer as succeeded,
           coalesce(sum(c.failed), 0)::integer as failed, coalesce(sum(c.missed), 0)::integer as missed,
           case when j.enabled then j.last_scheduled_for end as last, j.schedule, j.timezone
      from span s
     cross join (select job, enabled and paused_at is null as enabled, last_scheduled_for, schedule, timezone
                   from opsdeck_jobs.job_state
                 union all
                 select distinct c.job, false, null::timestamptz, '', '' from counted c
                  where not exists (select from opsdeck_jobs.job_state k where k.job = c.job)) j
      left join counted c on c.place = s.place and c.job = j.job
     group by s.place, j.job, j.enabled, j.last_scheduled_for, j.schedule, j.timezone
     order by s.place, j.job`.execute(db);
  return { present: totalsOf(rows, 1, present.to), before: totalsOf(rows, 2, before.to) };
}

function totalsOf(all: readonly RunsOfJob[], place: number, end: Date): RunTotals {
  const rows = all.filter((row) => row.place === place);
  const sum = (key: 'succeeded' | 'failed' | 'missed') => rows.reduce((total, row) => total + row[key], 0);
  const names = (wanted: (row: RunsOfJob) => boolean) => rows.filter(wanted).map(({ job }) => job);
  return {
    ...{ succeeded: sum('succeeded'), failed: sum('failed'), missed: sum('missed') },
    failing: names(({ failed }) => failed > 0),
    missing: names(({ missed }) => missed > 0),
    idle: names((row) => row.succeeded + row.failed + row.missed === 0 && wasDue(row, end)),
  };
}

/** Its schedule gave a firing that nobody decided about. */
function wasDue({ last, schedule, timezone, job }: RunsOfJob, end: Date): boolean {
  if (last === null) return false;
  const due = nextAfter(parseSchedule(schedule, job), timezone, last);
  return due !== null && due.getTime() + graceMs < end.getTime();
}

/** The first few: `uar, deadlines and 2 more`. */
export function named(names: readonly string[]): string {
  const more = names.length - 5;
  if (more <= 0) return names.join(', ');
  return `${names.slice(0, 5).join(', ')} and ${more} more`;
}
