import type { Migration } from './migration.ts';

/** Administrators are alerted once about each message that waits for a decision. */
export const announcedMessages: Migration = {
  name: '0029-announced-messages',
  title: 'when administrators were alerted about messages that wait for a decision',
  standaloneOnly: false,
  statements: [
    `alter table opsdeck_jobs.message add column announced_at timestamptz`,
    `comment on column opsdeck_jobs.message.announced_at is
  'When an alert reported that it is on hold or of unknown delivery; null: none has since it is. Business time.'`,
  ],
};
