import type { Migration } from './migration.ts';

/** Microsoft Teams is a channel. */
export const teamsChannel: Migration = {
  name: '0019-teams-channel',
  title: 'messages to Microsoft Teams',
  standaloneOnly: false,
  statements: [
    'alter table opsdeck_jobs.message drop constraint message_channel_check',
    `alter table opsdeck_jobs.message add constraint message_channel_check
  check (channel in ('email', 'slack', 'webhook', 'discord', 'teams'))`,
  ],
};
