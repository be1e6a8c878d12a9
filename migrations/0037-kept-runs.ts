import type { Migration } from './migration.ts';

/** Past runs are kept as evidence in short form; routine successes as a count. What retention needs for our own tables. */
export const keptRuns: Migration = {
  name: '0037-kept-runs',
  title: 'runs in short form, counts of routine successes, keys and reasons for retention',
  standaloneOnly: false,
  statements: [
    'alter table opsdeck_jobs.job_run add column short boolean not null default false',
    `comment on column opsdeck_jobs.job_run.short is
  'Kept as evidence: its result and the stack of its error were removed after keep_history.'`,
    'create index job_run_whole on opsdeck_jobs.job_run (started_at) where not short',
    'create index job_run_short on opsdeck_jobs.job_run (started_at) where short',
    `create table opsdeck_jobs.run_day (
  job text not null,
  day date not null,
  runs bigint not null check (runs > 0),
  primary key (job, day)
)`,
    `comment on table opsdeck_jobs.run_day is
  'Successful runs that were removed from job_run, by job and day of their start in the business zone.'`,
    'create index run_day_day on opsdeck_jobs.run_day (day)',
    'alter table opsdeck_jobs.retention_hold add column reason text',
    `comment on column opsdeck_jobs.retention_hold.case_reference is 'The matter that it is for; reason: why these rows.'`,
    `alter table opsdeck_jobs.retention_acceptance
  alter column run_id drop not null,
  add column until date`,
    `comment on column opsdeck_jobs.retention_acceptance.until is
  'Accepted in advance, through this day; null: a number that a run had found. run_id: the run that it was given to.'`,
    // Retention takes rows by one column.
    `alter table opsdeck_jobs.fx_rate
  drop constraint fx_rate_pkey,
  add column id bigint generated always as identity primary key,
  add constraint fx_rate_once unique (provider, rate_date, base, quote, version)`,
    `comment on constraint fx_rate_once on opsdeck_jobs.fx_rate is
  'The guarantee that a day is stored once; a correction is a new version beside the old one.'`,
    `comment on table opsdeck_jobs.fx_rate is 'Units of quote for one unit of base, as published.'`,
  ],
};
