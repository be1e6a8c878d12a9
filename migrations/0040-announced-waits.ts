import type { Migration } from './migration.ts';

/** Administrators are alerted once about quarantined rates and about policies that wait for an acceptance. */
export const announcedWaits: Migration = {
  name: '0040-announced-waits',
  title: 'which alert reported a quarantined rate, or a policy that waits for an acceptance',
  standaloneOnly: false,
  statements: [
    'alter table opsdeck_jobs.fx_held add column announced_by text',
    `comment on column opsdeck_jobs.fx_held.announced_by is
  'The dedupe key of the alert that reported it while it waited; null: none did.'`,
    'alter table opsdeck_jobs.retention_offer add column announced_by text',
    `comment on column opsdeck_jobs.retention_offer.announced_by is
  'The dedupe key of the alert that reported that its policy waits; null: none did, or the policy has not waited since.'`,
  ],
};
