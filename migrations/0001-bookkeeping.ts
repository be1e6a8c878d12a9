import type { Migration } from './migration.ts';

/** Schema `opsdeck_jobs` and what the runner keeps there; nothing of it touches OpsDeck's tables. */
export const bookkeeping: Migration = {
  name: '0001-bookkeeping',
  title: 'schema opsdeck_jobs: runs, job state, action log',
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.installation (
  singleton boolean primary key default true check (singleton),
  mode text not null check (mode in ('attached', 'standalone')),
  created_at timestamptz not null default now(),
  program_version text not null
)`,
    `comment on table opsdeck_jobs.installation is
  'One row: whether a running OpsDeck owns the tables in schema public (attached) or opsdeck-jobs does (standalone).'`,
    `create table opsdeck_jobs.job_run (
  id uuid primary key default gen_random_uuid(),
  job text not null,
  status text not null check (status in
    ('running', 'succeeded', 'failed', 'skipped', 'timed_out', 'interrupted', 'missed')),
  trigger text not null check (trigger in ('manual', 'schedule', 'timer')),
  attempt integer not null default 1 check (attempt >= 1),
  scheduled_for timestamptz,
  concurrency_key text not null default '',
  params jsonb not null,
  stands_for jsonb,
  started_at timestamptz not null,
  finished_at timestamptz,
  heartbeat_at timestamptz,
  duration_ms integer check (duration_ms >= 0),
  runner text not null,
  program_version text not null,
  result jsonb,
  reason text,
  error_code text,
  error_message text,
  error_stack text,
  constraint job_run_finished check ((status = 'running') = (finished_at is null))
)`,
    `create unique index job_run_firing on opsdeck_jobs.job_run (job, scheduled_for, attempt)
  where scheduled_for is not null`,
    `comment on index opsdeck_jobs.job_run_firing is
  'The guarantee that each firing of a schedule is decided once, however many daemons and timers share the database.'`,
    `create unique index job_run_running on opsdeck_jobs.job_run (job, concurrency_key)
  where status = 'running'`,
    `comment on index opsdeck_jobs.job_run_running is
  'The guarantee that at most one run of a job and key is running.'`,
    `create index job_run_recent on opsdeck_jobs.job_run (job, started_at desc)`,
    `create index job_run_started on opsdeck_jobs.job_run (started_at desc)`,
    `create table opsdeck_jobs.job_state (
  job text primary key,
  enabled boolean not null,
  schedule text not null,
  timezone text not null,
  last_scheduled_for timestamptz,
  paused_at timestamptz,
  paused_until timestamptz,
  paused_by text,
  pause_reason text,
  updated_at timestamptz not null,
  constraint job_state_pause check (paused_at is not null or (paused_until is null and paused_by is null))
)`,
    `create table opsdeck_jobs.action_log (
  id uuid primary key default gen_random_uuid(),
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  subject text not null,
  before jsonb,
  after jsonb,
  note text
)`,
    `create index action_log_subject on opsdeck_jobs.action_log (subject, at desc)`,
  ],
};
