import type { Migration } from './migration.ts';

/** Items without an owner are named in one list a month; the ledger says in which. */
export const monthlyLists: Migration = {
  name: '0077-monthly-lists',
  title: 'expiry alerts: the monthly list of items without an owner',
  standaloneOnly: false,
  statements: [
    'alter table opsdeck_jobs.alert_ledger add column listed_for date',
    `comment on column opsdeck_jobs.alert_ledger.listed_for is
  'Named as an item without an owner: the first day of the month of the list. Null: an alert at a threshold.'`,
    'drop index opsdeck_jobs.alert_ledger_once',
    `create unique index alert_ledger_once
  on opsdeck_jobs.alert_ledger (item_kind, item_id, expiry_key, destination, threshold)
  where state not in ('failed', 'withdrawn') and listed_for is null`,
    `comment on index opsdeck_jobs.alert_ledger_once is
  'The guarantee that a threshold of one item and one expiry is told to a destination once, also when two runs find it at the same moment.'`,
    `create unique index alert_ledger_listed
  on opsdeck_jobs.alert_ledger (item_kind, item_id, expiry_key, destination, listed_for)
  where state not in ('failed', 'withdrawn') and listed_for is not null`,
    `comment on index opsdeck_jobs.alert_ledger_listed is
  'The guarantee that a month names an item without an owner to a destination once, also when two runs find it at the same moment.'`,
    'alter table opsdeck_jobs.alert_watch add column listed_for date',
    `comment on column opsdeck_jobs.alert_watch.listed_for is
  'First day of the month whose list of items without an owner was made; it may have been empty.'`,
  ],
};
