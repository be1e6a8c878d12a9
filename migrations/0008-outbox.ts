import type { Migration } from './migration.ts';

/** How far each message is, and which destinations are left alone for a while. */
export const outbox: Migration = {
  name: '0008-outbox',
  title: 'outbox: state of each message, destinations that are paused',
  standaloneOnly: false,
  statements: [
    `alter table opsdeck_jobs.message
  alter column run_id drop not null,
  add column origin text not null default 'job' check (origin in ('job', 'opsdeck')),
  add column state text not null default 'queued' check (state in
    ('queued', 'sending', 'sent', 'failed', 'cancelled', 'held', 'unknown')),
  add column attempts integer not null default 0,
  add column failures integer not null default 0,
  add column next_attempt_at timestamptz,
  add column lease_owner uuid,
  add column lease_until timestamptz,
  add column begun_at timestamptz,
  add column seen_at timestamptz,
  add column waits integer not null default 0,
  add column possible_repeat boolean not null default false,
  add column breaker_key text,
  add column last_code text,
  add column last_reason text,
  add column provider_id text,
  add column finished_at timestamptz,
  add column waits_for text generated always as (
    case when state in ('queued', 'sending') then 'sender' when state in ('held', 'unknown') then 'operator' end) stored,
  add constraint message_lease check ((state = 'sending') = (lease_owner is not null and lease_until is not null))`,
    `comment on column opsdeck_jobs.message.state is
  'queued: waits; sending: somebody has the lease; held: older than it may be, an operator decides; unknown: it may or may not have arrived, an operator decides.'`,
    `comment on column opsdeck_jobs.message.begun_at is
  'While sending: its first byte may have been sent; null: it cannot have arrived yet.'`,
    `comment on column opsdeck_jobs.message.waits_for is
  'What is still to be done, and by whom; null: nothing. No index has state in it, so that claiming and beginning change none.'`,
    // Room in each page for the row as it is when it is claimed and when its sending has begun (HOT updates).
    `alter table opsdeck_jobs.message set (fillfactor = 70)`,
    // What OpsDeck has queued belongs to no run.
    `drop index opsdeck_jobs.message_run`,
    `create index message_run on opsdeck_jobs.message (run_id) where run_id is not null`,
    `create index message_open on opsdeck_jobs.message (waits_for, due_at, id) where waits_for is not null`,
    // What OpsDeck has queued is not looked for by its event.
    `drop index opsdeck_jobs.message_event`,
    `create index message_event on opsdeck_jobs.message (event_code, job, created_at desc) where origin = 'job'`,
    `create table opsdeck_jobs.destination (
  key text primary key,
  channel text not null,
  failures integer not null,
  pauses integer not null default 0,
  paused_until timestamptz,
  switched_off_at timestamptz,
  last_reason text,
  updated_at timestamptz not null
)`,
    `comment on table opsdeck_jobs.destination is
  'Destinations that failed and have not succeeded since. The key holds no secret: the address of a webhook is in it as a hash.'`,
  ],
};
