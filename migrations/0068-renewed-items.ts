import type { Migration } from './migration.ts';

/** What a person renewed elsewhere: alerts about the old end stop, until it is time to ask why the date is still the old one. */
export const renewedItems: Migration = {
  name: '0068-renewed-items',
  title: 'expiring items that a person recorded as renewed',
  standaloneOnly: false,
  statements: [
    `alter table opsdeck_jobs.alert_hold
  add column renewed_on date, add column renewed_until date`,
    `alter table opsdeck_jobs.alert_hold add constraint alert_hold_renewed check (
  renewed_on is null and renewed_until is null or renewed_on is not null and until is null)`,
    `comment on column opsdeck_jobs.alert_hold.renewed_on is
  'The item was renewed on that day: no alert about this end. Null: snoozed or acknowledged.'`,
    `comment on column opsdeck_jobs.alert_hold.renewed_until is 'Its new end, as a person named it or as it was moved to.'`,
  ],
};
