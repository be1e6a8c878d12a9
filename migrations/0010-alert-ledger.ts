import type { Migration } from './migration.ts';

/** Which expiry alert went to whom, what is kept quiet, since when a kind of item is watched, and what certificates say. */
export const alertLedger: Migration = {
  name: '0010-alert-ledger',
  title: 'expiry alerts: ledger, holds, watches, certificates that were read',
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.alert_ledger (
  id uuid primary key default gen_random_uuid(),
  item_kind text not null check (item_kind in ('subscription', 'license', 'credential', 'certificate')),
  item_id integer not null,
  expiry_key text not null,
  expires_on date not null,
  destination text not null,
  threshold integer not null,
  state text not null check (state in ('alerted', 'covered', 'baseline', 'failed')),
  reason text,
  run_id uuid not null,
  dedupe_key text,
  recorded_at timestamptz not null,
  constraint alert_ledger_message check ((state = 'baseline') = (dedupe_key is null))
)`,
    `create unique index alert_ledger_once
  on opsdeck_jobs.alert_ledger (item_kind, item_id, expiry_key, destination, threshold) where state <> 'failed'`,
    `comment on index opsdeck_jobs.alert_ledger_once is
  'The guarantee that a threshold of one item and one expiry is told to a destination once, also when two runs find it at the same moment.'`,
    `comment on column opsdeck_jobs.alert_ledger.destination is 'Channel and destination as in message; * is everybody.'`,
    `create index alert_ledger_dedupe on opsdeck_jobs.alert_ledger (dedupe_key) where state in ('alerted', 'covered')`,
    `create table opsdeck_jobs.alert_hold (
  item_kind text not null,
  item_id integer not null,
  expiry_key text not null,
  until date,
  reason text,
  actor text not null,
  at timestamptz not null,
  primary key (item_kind, item_id, expiry_key),
  constraint alert_hold_kind check ((expiry_key = '*') = (until is not null))
)`,
    `comment on table opsdeck_jobs.alert_hold is
  'Snoozed: key * and a date. Acknowledged: the key of one expiry, without a date.'`,
    `create table opsdeck_jobs.alert_watch (
  item_kind text primary key,
  began_on date not null,
  last_run_on date not null
)`,
    `create table opsdeck_jobs.certificate_reading (
  version_id integer primary key,
  body_hash text not null,
  fingerprint text,
  not_before timestamptz,
  not_after timestamptz,
  ends_at timestamptz,
  common_name text,
  alt_names text,
  serial_number text,
  has_private_key boolean not null default false,
  problem text,
  constraint certificate_reading_either check ((problem is null) = (fingerprint is not null))
)`,
    `comment on column opsdeck_jobs.certificate_reading.ends_at is 'The earliest end in the chain.'`,
  ],
};
