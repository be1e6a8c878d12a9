import type { Migration } from './migration.ts';

/** What a snapshot's link covers besides its text, so that a change of any of it is found. */
export const record: Migration = {
  name: '0035-record',
  title: 'drift snapshots with their time, changes and counts in the chain',
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
  ],
};
