import type { Migration } from './migration.ts';

/** What is known of a channel as a whole, and whose turn it is to use its server. */
export const channelState: Migration = {
  name: '0018-channel-state',
  title: 'channels: what keeps them from sending, and who uses their server',
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.channel (
  channel text primary key,
  code text,
  reason text,
  next_step text,
  since timestamptz,
  pauses integer not null default 0,
  paused_until timestamptz,
  owner uuid,
  owner_until timestamptz,
  next_turn_at timestamptz,
  constraint channel_trouble check ((code is null) = (since is null) and (code is null) = (reason is null)),
  constraint channel_owner check ((owner is null) = (owner_until is null))
)`,
    `comment on table opsdeck_jobs.channel is
  'Channels with one server. code, reason, since: what keeps all messages of the channel from being sent; null after a successful delivery.'`,
    `comment on column opsdeck_jobs.channel.owner is
  'The sender that has connections to the server, until owner_until by the clock of the database: no other claims messages of the channel.'`,
    `comment on column opsdeck_jobs.channel.next_turn_at is
  'By the clock of the database: earlier than this no message may be claimed (mail.per_minute).'`,
    `alter table opsdeck_jobs.message add column refused_since timestamptz`,
    `comment on column opsdeck_jobs.message.refused_since is
  'When the server put the recipient off for the first time; mail.give_up_after counts from here.'`,
  ],
};
