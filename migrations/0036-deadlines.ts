import type { Migration } from './migration.ts';

/** Alerts about more kinds of items than the ledger knew. */
export const deadlines: Migration = {
  name: '0036-deadlines',
  title: 'alerts about contracts, warranties, reviews and other dates',
  standaloneOnly: false,
  statements: [
    'alter table opsdeck_jobs.alert_ledger drop constraint alert_ledger_item_kind_check',
    `alter table opsdeck_jobs.alert_ledger add constraint alert_ledger_item_kind_check
  check (item_kind ~ '^[a-z]+(_[a-z]+)*$')`,
  ],
};
