import type { Migration } from './migration.ts';

/** What an operator decides about runs that are going, and about sending as a whole; and when a failed run is tried again. */
export const runControl: Migration = {
  name: '0016-run-control',
  title: 'cancel requests, retries, and whether sending is stopped',
  standaloneOnly: false,
  statements: [
    `alter table opsdeck_jobs.job_run
  add column cancel_requested_at timestamptz,
  add column cancel_requested_by text,
  add column cancel_reason text,
  add column retry_at timestamptz,
  add column retry_of uuid,
  add constraint job_run_cancel check ((cancel_requested_at is null) = (cancel_requested_by is null)),
  add constraint job_run_retry check (retry_at is null or status = 'failed')`,
    `comment on column opsdeck_jobs.job_run.cancel_requested_at is
  'The process that runs it reads this with its heartbeat and ends the run; such a run does not begin again by itself.'`,
    `comment on column opsdeck_jobs.job_run.retry_at is
  'From then on the firing may be taken up again, as the next attempt; null: this attempt was the last.'`,
    `comment on column opsdeck_jobs.job_run.retry_of is
  'The run that this one repeats by hand; no foreign key: old runs are pruned.'`,
    `create table opsdeck_jobs.sending (
  singleton boolean primary key default true check (singleton),
  stopped_at timestamptz,
  stopped_by text,
  stop_reason text,
  constraint sending_stopped check
    ((stopped_at is null) = (stopped_by is null) and (stopped_at is not null or stop_reason is null))
)`,
    `comment on table opsdeck_jobs.sending is
  'One row. While stopped_at is set no host claims or begins a message. Claims lock the row for share: whoever stops sending waits for those that are being made.'`,
    `insert into opsdeck_jobs.sending default values`,
  ],
};
