import type { Migration } from './migration.ts';

/** The last records of a run's log, for who was not there. */
export const runLog: Migration = {
  name: '0060-run-log',
  title: "the last records of a run's log",
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.run_log (
  run_id uuid primary key references opsdeck_jobs.job_run (id) on delete cascade,
  records jsonb not null,
  logged bigint not null
)`,
    `comment on table opsdeck_jobs.run_log is
  'One row a run that logged something: its last records, without secrets. Removed with the run, or with its result.'`,
    `comment on column opsdeck_jobs.run_log.records is
  'Oldest first, each {at, level, message, fields}; at most 200, and 64 KB.'`,
    `comment on column opsdeck_jobs.run_log.logged is
  'Records that the run logged so far, with those that are not kept.'`,
  ],
};
