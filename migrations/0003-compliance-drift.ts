import type { Migration } from './migration.ts';

/** What the drift job keeps beside OpsDeck's `compliance_audit` rows. */
export const complianceDrift: Migration = {
  name: '0003-compliance-drift',
  title: 'drift snapshots, their hash chain, drift events',
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.drift_snapshot (
  audit_id integer primary key,
  run_id uuid not null,
  taken_at timestamptz not null,
  evaluator_version integer not null,
  content_hash bytea not null check (length(content_hash) = 32),
  previous_hash bytea not null unique check (length(previous_hash) = 32),
  chain_hash bytea not null unique check (length(chain_hash) = 32)
)`,
    `comment on column opsdeck_jobs.drift_snapshot.previous_hash is
  'Unique: the guarantee that the chain cannot fork, also when two runs store a snapshot at the same moment.'`,
    `create table opsdeck_jobs.drift_snapshot_framework (
  audit_id integer not null references opsdeck_jobs.drift_snapshot (audit_id),
  framework_id integer not null,
  framework_name text not null,
  previous_audit_id integer,
  controls integer not null check (controls >= 0),
  status jsonb not null,
  primary key (audit_id, framework_id)
)`,
    `create index drift_snapshot_framework_latest
  on opsdeck_jobs.drift_snapshot_framework (framework_id, audit_id desc)`,
    `create table opsdeck_jobs.drift_event (
  id uuid primary key default gen_random_uuid(),
  audit_id integer not null references opsdeck_jobs.drift_snapshot (audit_id),
  detected_at timestamptz not null,
  framework_id integer not null,
  framework_name text not null,
  framework_control_id integer not null,
  control_id text not null,
  control_name text not null,
  from_status text,
  to_status text,
  class text not null check (class in (
    'regression', 'coverage_lost', 'first_measurement', 'improvement', 'control_added', 'control_removed',
    'became_not_applicable', 'became_applicable', 'evaluation_lost', 'evaluation_restored')),
  severity text check (severity in ('critical', 'high', 'medium')),
  cause text not null,
  detail jsonb not null,
  flapping boolean not null
)`,
    `create index drift_event_audit on opsdeck_jobs.drift_event (audit_id)`,
  ],
};
