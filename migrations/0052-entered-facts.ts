import type { Migration } from './migration.ts';

/** Evidence and dates that no table of OpsDeck has a place for. */
export const enteredFacts: Migration = {
  name: '0052-entered-facts',
  title: 'who entered evidence and when, and imported deadlines',
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.evidence_entry (
  model text not null,
  evidence_id integer not null,
  performed_by integer,
  reference text,
  recorded_at timestamptz,
  recorded_by text not null,
  primary key (model, evidence_id)
)`,
    `create index evidence_entry_performed_by on opsdeck_jobs.evidence_entry (performed_by)`,
    `comment on table opsdeck_jobs.evidence_entry is
  'Of evidence that was imported: who performed it, where it is described, and who recorded it when.'`,
    `comment on column opsdeck_jobs.evidence_entry.recorded_at is
  'null: its row was there before the import.'`,
    `create table opsdeck_jobs.deadline (
  id integer generated always as identity primary key,
  kind text not null,
  name text not null,
  due_on date not null,
  owner_id integer,
  cost numeric,
  currency text,
  link text,
  changed_at timestamptz not null,
  constraint deadline_known_by unique (kind, name)
)`,
    `create index deadline_owner_id on opsdeck_jobs.deadline (owner_id)`,
    `comment on table opsdeck_jobs.deadline is
  'One row an item of the job deadlines that was imported; it is known by kind and name.'`,
  ],
};
