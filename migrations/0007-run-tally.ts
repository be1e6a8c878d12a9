import type { Migration } from './migration.ts';

/** What is left of runs that pruning took out of the history: their numbers. */
export const runTally: Migration = {
  name: '0007-run-tally',
  title: 'numbers of the runs that were pruned from the history',
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.run_tally (
  job text not null,
  status text not null,
  runs bigint not null,
  duration_sum_ms bigint not null,
  duration_buckets bigint[] not null,
  lateness_sum_ms bigint not null,
  lateness_buckets bigint[] not null,
  lateness_count bigint not null,
  primary key (job, status)
)`,
    `comment on table opsdeck_jobs.run_tally is
  'Runs that are no longer in job_run, by job and status; with those in job_run the numbers of all runs there ever were.'`,
  ],
};
