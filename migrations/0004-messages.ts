import type { Migration } from './migration.ts';

/** What OpsDeck's `scheduled_communication` cannot hold of a message of ours. */
export const messages: Migration = {
  name: '0004-messages',
  title: 'messages: template context, dedupe keys',
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.message (
  id uuid primary key default gen_random_uuid(),
  communication_id integer not null unique,
  run_id uuid not null,
  job text not null,
  event_code text not null,
  channel text not null check (channel in ('email', 'slack', 'webhook', 'discord')),
  destination text not null,
  dedupe_key text not null,
  context jsonb not null,
  created_at timestamptz not null,
  due_at timestamptz not null,
  expires_at timestamptz,
  constraint message_once unique (dedupe_key, channel, destination)
)`,
    `comment on constraint message_once on opsdeck_jobs.message is
  'The guarantee that a message is queued once per channel and destination, for ever.'`,
    `create index message_run on opsdeck_jobs.message (run_id)`,
  ],
};
