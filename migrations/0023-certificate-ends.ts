import type { Migration } from './migration.ts';

/** Every end that a stored certificate text brings, alerts that are sent again to the same owner, and what the lists read. */
export const certificateEnds: Migration = {
  name: '0023-certificate-ends',
  title: 'expiry alerts: the ends of a certificate and its chain, messages that were too old',
  standaloneOnly: false,
  statements: [
    // Read anew by the next run: what was kept names the earliest end of the chain, whether it was needed or not.
    'delete from opsdeck_jobs.certificate_reading',
    'alter table opsdeck_jobs.certificate_reading drop column ends_at',
    `alter table opsdeck_jobs.certificate_reading add column ends jsonb not null default '[]'`,
    `comment on column opsdeck_jobs.certificate_reading.ends is
  'The certificate''s own end, those of its chain that come before it, and the same of others that are stored with it.'`,
    'alter table opsdeck_jobs.alert_ledger drop constraint alert_ledger_state_check',
    `alter table opsdeck_jobs.alert_ledger add constraint alert_ledger_state_check
  check (state in ('alerted', 'covered', 'baseline', 'failed', 'withdrawn'))`,
    'drop index opsdeck_jobs.alert_ledger_once',
    `create unique index alert_ledger_once
  on opsdeck_jobs.alert_ledger (item_kind, item_id, expiry_key, destination, threshold)
  where state not in ('failed', 'withdrawn')`,
    `comment on index opsdeck_jobs.alert_ledger_once is
  'The guarantee that a threshold of one item and one expiry is told to a destination once, also when two runs find it at the same moment.'`,
    'create index alert_ledger_item on opsdeck_jobs.alert_ledger (item_kind, item_id)',
    `create index alert_ledger_recorded on opsdeck_jobs.alert_ledger (recorded_at desc)
  where state not in ('covered', 'baseline')`,
    `create index message_unsent on opsdeck_jobs.message (dedupe_key) where state in ('failed', 'cancelled')`,
  ],
};
