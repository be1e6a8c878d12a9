import type { Migration } from './migration.ts';

/** What data retention keeps: manifests of what it archived or deleted, chained by hash; holds; what was accepted. */
export const dataRetention: Migration = {
  name: '0013-data-retention',
  title: 'data retention: manifests, archived rows, holds, acceptances',
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.retention_run (
  run_id uuid primary key,
  started_at timestamptz not null,
  archive_dir text,
  policies jsonb not null,
  cleaned_at timestamptz
)`,
    `comment on column opsdeck_jobs.retention_run.cleaned_at is
  'Nothing of this run is left in archive_dir that no manifest names. Files of other runs are never removed.'`,
    `create table opsdeck_jobs.archive_manifest (
  id bigint primary key check (id > 0),
  run_id uuid not null,
  policy text not null,
  table_name text not null,
  archived_at timestamptz not null,
  document json not null,
  content_hash bytea not null check (length(content_hash) = 32),
  previous_hash bytea not null unique check (length(previous_hash) = 32),
  chain_hash bytea not null unique check (length(chain_hash) = 32)
)`,
    `comment on table opsdeck_jobs.archive_manifest is
  'Written in the transaction that deletes: only the keys that a manifest names were deleted, and only they count as archived.'`,
    `comment on column opsdeck_jobs.archive_manifest.previous_hash is
  'Unique: the guarantee that the chain cannot fork.'`,
    `create index archive_manifest_run on opsdeck_jobs.archive_manifest (run_id)`,
    `create table opsdeck_jobs.archived_record (
  manifest_id bigint not null references opsdeck_jobs.archive_manifest (id) deferrable initially deferred,
  place integer not null,
  line text not null,
  primary key (manifest_id, place)
)`,
    `comment on table opsdeck_jobs.archived_record is
  'Archived rows where there is no archive_dir: the lines that a file would hold, without its header.'`,
    `create table opsdeck_jobs.archived_copy (
  table_name text not null,
  key text not null,
  manifest_id bigint not null references opsdeck_jobs.archive_manifest (id) deferrable initially deferred,
  primary key (table_name, key)
)`,
    `comment on table opsdeck_jobs.archived_copy is
  'Rows that an archive_only policy has copied, and that are still in their table.'`,
    `create table opsdeck_jobs.archive_restore (
  id bigint generated always as identity primary key,
  manifest_id bigint not null references opsdeck_jobs.archive_manifest (id),
  keys json not null,
  restored_at timestamptz not null default now(),
  actor text not null
)`,
    `create index archive_restore_manifest on opsdeck_jobs.archive_restore (manifest_id)`,
    `create table opsdeck_jobs.retention_hold (
  id bigint generated always as identity primary key,
  table_name text not null,
  columns text[] not null,
  "values" text[] not null,
  case_reference text not null,
  until date,
  added_by text not null,
  added_at timestamptz not null,
  released_by text,
  released_at timestamptz,
  constraint retention_hold_condition check (cardinality(columns) = cardinality("values")),
  constraint retention_hold_released check ((released_by is null) = (released_at is null))
)`,
    `comment on table opsdeck_jobs.retention_hold is
  'Rows that no policy touches: those whose columns have these values, as text. Without columns: the whole table. until: the last day.'`,
    `create index retention_hold_active on opsdeck_jobs.retention_hold (table_name, columns, "values") where released_at is null`,
    `create table opsdeck_jobs.retention_offer (
  policy text not null,
  policy_hash text not null,
  due bigint not null check (due > 0),
  reason text not null check (reason in ('first_run', 'max_share')),
  run_id uuid not null,
  offered_at timestamptz not null,
  primary key (policy, policy_hash, due)
)`,
    `create table opsdeck_jobs.retention_acceptance (
  id bigint generated always as identity primary key,
  policy text not null,
  policy_hash text not null,
  accepted bigint not null check (accepted > 0),
  used bigint not null default 0 check (used >= 0 and used <= accepted),
  run_id uuid not null,
  accepted_at timestamptz not null
)`,
    `comment on table opsdeck_jobs.retention_acceptance is
  'Who accepts a number that a run has found accepts it for the policy as it was then, and for at most so many rows.'`,
    `create index retention_acceptance_policy on opsdeck_jobs.retention_acceptance (policy, policy_hash)`,
    `create table opsdeck_jobs.retention_progress (
  policy text primary key,
  policy_hash text not null,
  last_key text,
  worked_at timestamptz not null
)`,
    `comment on column opsdeck_jobs.retention_progress.last_key is
  'Where the last run stopped at its time limit; null: it came to the end.'`,
    `alter table opsdeck_jobs.drift_snapshot
  add column removed_by bigint references opsdeck_jobs.archive_manifest (id) deferrable initially deferred`,
    `comment on column opsdeck_jobs.drift_snapshot.removed_by is
  'The manifest that names the snapshot''s row as removed: the link stays in the chain in its place.'`,
  ],
};
