import type { Migration } from './migration.ts';

/** Who runs the schedules, and how `list` and a monitor know that somebody does. */
export const runners: Migration = {
  name: '0006-runners',
  title: 'runners: daemons and timers that look after the schedules',
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.runner (
  id text primary key,
  kind text not null check (kind in ('daemon', 'timer')),
  host text not null,
  pid integer not null,
  program_version text not null,
  only_jobs text[],
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
)`,
    `comment on table opsdeck_jobs.runner is
  'A daemon has a row while it lives and says every few seconds that it does; a host that calls run-job --scheduled has one that says when it last did.'`,
    `create index message_event on opsdeck_jobs.message (event_code, job, created_at desc)`,
  ],
};
