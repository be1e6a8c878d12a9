import type { Migration } from './migration.ts';

/** Deadlines that a query of the configuration answers, beside those that were imported. */
export const queriedDeadlines: Migration = {
  name: '0078-queried-deadlines',
  title: 'deadlines that queries answer',
  standaloneOnly: false,
  statements: [
    `alter table opsdeck_jobs.deadline
  add column query text, add column key text, add column gone_at timestamptz,
  drop constraint deadline_known_by,
  add constraint deadline_of_query unique (query, key),
  add constraint deadline_query_key check ((query is null) = (key is null) and (query is not null or gone_at is null))`,
    `create unique index deadline_known_by on opsdeck_jobs.deadline (kind, name) where query is null`,
    `comment on table opsdeck_jobs.deadline is
  'One row an item of the job deadlines: imported, known by kind and name; or answered by a query, known by query and key.'`,
    `comment on column opsdeck_jobs.deadline.query is 'Its name in the configuration; null: the item was imported.'`,
    `comment on column opsdeck_jobs.deadline.gone_at is
  'Since when no answer of the query has it. The row stays: an item that comes back has its number and its alerts.'`,
  ],
};
