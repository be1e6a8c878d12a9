import type { Migration } from './migration.ts';

/** Whether what was adopted from OpsDeck's queue may be handed back: nobody else sends through its channel. */
export const runnerChannels: Migration = {
  name: '0017-runner-channels',
  title: 'runners: the channels that each sends through',
  standaloneOnly: false,
  statements: [
    'alter table opsdeck_jobs.runner add column sends text[]',
    `comment on column opsdeck_jobs.runner.sends is
  'Channels that its configuration sends through, live; null: a program before this column.'`,
  ],
};
