import type { Migration } from './migration.ts';

const hash = (column: string) => `${column} bytea not null check (length(${column}) = 32)`;

/** What makes a change of the record visible: what a snapshot's link covers, and one head a day over everything recorded. */
export const record: Migration = {
  name: '0035-record',
  title: 'what the chain of drift snapshots covers, and record heads',
  standaloneOnly: false,
  statements: [
    // The link is written last: its hashes are over the rows that refer to it.
    'alter table opsdeck_jobs.drift_snapshot_framework alter constraint drift_snapshot_framework_audit_id_fkey deferrable initially deferred',
    'alter table opsdeck_jobs.drift_event alter constraint drift_event_audit_id_fkey deferrable initially deferred',
    `alter table opsdeck_jobs.drift_snapshot
  add column chain_version smallint not null default 1,
  add column header_hash bytea check (length(header_hash) = 32),
  add column framework_hash bytea check (length(framework_hash) = 32),
  add column event_hash bytea check (length(event_hash) = 32),
  add constraint drift_snapshot_chain_version check (
    chain_version = 1 or chain_version = 2 and header_hash is not null and framework_hash is not null and event_hash is not null)`,
    `comment on column opsdeck_jobs.drift_snapshot.chain_version is
  '1: the chain hash is over the snapshot''s text. 2: also over its time, run, evaluator version, header, frameworks and events.'`,
    `comment on column opsdeck_jobs.drift_snapshot.header_hash is
  'SHA-256 over the other columns of its compliance_audit row, as jobs/compliance-drift/chain.sql.ts reads them.'`,
    `create table opsdeck_jobs.record_head (
  number integer primary key check (number > 0),
  day date not null unique,
  taken_at timestamptz not null,
  chains json not null,
  ${hash('previous_hash')} unique,
  ${hash('head_hash')} unique
)`,
    `comment on table opsdeck_jobs.record_head is
  'One a day, by the first run: a hash over the heads of all chains, and over the head before. Append-only.'`,
    `create table opsdeck_jobs.record_row (
  table_name text not null,
  row_key text not null,
  parent_key text,
  head integer not null references opsdeck_jobs.record_head (number) deferrable initially deferred,
  salt bytea,
  ${hash('person_hash')},
  ${hash('row_hash')},
  primary key (table_name, row_key)
)`,
    `comment on table opsdeck_jobs.record_row is
  'What a head saw of a row of an append-only table. person_hash: SHA-256 over the salt and what may identify a person; salt null: erased.'`,
    'create index record_row_head on opsdeck_jobs.record_row (head, table_name)',
    'alter table opsdeck_jobs.message add column record_head integer references opsdeck_jobs.record_head (number)',
    `comment on column opsdeck_jobs.message.record_head is
  'The newest head when it was queued: its mail names it.'`,
  ],
};
