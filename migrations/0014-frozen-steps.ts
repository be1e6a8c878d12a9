import type { Migration } from './migration.ts';

/** What must be the same on every host: the applied steps themselves, and the configuration of those who run the schedules. */
export const frozenSteps: Migration = {
  name: '0014-frozen-steps',
  title: 'hashes of the applied steps, and of the configuration of each runner',
  standaloneOnly: false,
  statements: [
    `alter table opsdeck_jobs.migration add column content_hash text`,
    `comment on column opsdeck_jobs.migration.content_hash is
  'SHA-256 of the step as it was applied: a program whose step of that name is another one refuses the database.'`,
    `alter table opsdeck_jobs.runner add column config_hashes jsonb not null default '{}'`,
    `comment on column opsdeck_jobs.runner.config_hashes is
  'By part of the configuration, the hash of what must be equal on all hosts.'`,
  ],
};
