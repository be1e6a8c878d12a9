import type { Migration } from './migration.ts';

/** What catalogs said about controls, so that the next release finds the same requirements again, whatever their numbers. */
export const catalogControls: Migration = {
  name: '0034-catalog-controls',
  title: 'controls as catalogs had them, and identifiers that changed',
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.catalog_control (
  framework_control_id integer primary key,
  framework_id         integer not null,
  catalog_id           text,
  alt_identifier       text,
  content_hash         bytea check (length(content_hash) = 32),
  missing_since        timestamptz
)`,
    `comment on column opsdeck_jobs.catalog_control.framework_control_id is
  'framework_control.id; no foreign key: OpsDeck may delete its row.'`,
    `comment on column opsdeck_jobs.catalog_control.content_hash is
  'SHA-256 of title, line feed and text. Null, as catalog_id: no import has found the control in a catalog.'`,
    `create index catalog_control_framework on opsdeck_jobs.catalog_control (framework_id)`,
    `create table opsdeck_jobs.catalog_change (
  id                   bigint generated always as identity primary key,
  at                   timestamptz not null,
  actor                text        not null,
  framework_id         integer     not null,
  framework_control_id integer     not null,
  kind                 text        not null check (kind in ('renumbered', 'requirement_replaced')),
  from_id              text        not null,
  from_name            text        not null,
  to_id                text        not null,
  to_name              text        not null,
  audit_id             integer
)`,
    `comment on column opsdeck_jobs.catalog_change.audit_id is
  'The snapshot whose drift events name the change. Null: the next snapshot of the framework will.'`,
    `create index catalog_change_pending on opsdeck_jobs.catalog_change (framework_id) where audit_id is null`,
    'alter table opsdeck_jobs.drift_event drop constraint drift_event_class_check',
    `alter table opsdeck_jobs.drift_event add constraint drift_event_class_check check (class in (
    'regression', 'coverage_lost', 'first_measurement', 'improvement', 'control_added', 'control_removed',
    'became_not_applicable', 'became_applicable', 'evaluation_lost', 'evaluation_restored', 'evaluation_changed',
    'framework_removed', 'renumbered', 'requirement_replaced'))`,
  ],
};
