import type { Migration } from './migration.ts';

/** An item that renews has many ends behind it: a run reads the ledger of the one that comes. */
export const ledgerKeys: Migration = {
  name: '0051-ledger-keys',
  title: 'expiry alerts: the ledger by item and end',
  standaloneOnly: false,
  statements: [
    'drop index opsdeck_jobs.alert_ledger_item',
    'create index alert_ledger_item on opsdeck_jobs.alert_ledger (item_kind, item_id, expiry_key)',
  ],
};
