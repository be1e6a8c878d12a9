import type { Migration } from './migration.ts';

/** The rows that each completed execution of an access review read; as differences from the execution before. */
export const populations: Migration = {
  name: '0048-populations',
  title: 'populations of access reviews',
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.uar_population (
  comparison_id integer not null,
  first_execution integer not null,
  last_execution integer,
  copies integer not null check (copies > 0),
  side text not null check (side in ('a', 'b')),
  state text not null check (state in ('compared', 'excluded', 'no_key', 'duplicate')),
  key_text text not null,
  shown jsonb,
  why text,
  constraint uar_population_valid check (last_execution >= first_execution)
)`,
    // Of the rows that are valid now all entries are the same, in the order of the table: it costs little to fill.
    `create index uar_population_comparison on opsdeck_jobs.uar_population (comparison_id, last_execution)`,
    `comment on table opsdeck_jobs.uar_population is
  'Rows of the two sides, from the first to the last execution that read them. Numbered by side, key and content.'`,
    `comment on column opsdeck_jobs.uar_population.last_execution is 'Null: the newest completed execution has it.'`,
    `comment on column opsdeck_jobs.uar_population.copies is 'How many rows of the source are the same.'`,
    `comment on column opsdeck_jobs.uar_population.why is 'Of an excluded row: what the filter read.'`,
    `alter table opsdeck_jobs.uar_execution_record add column population jsonb`,
    `comment on column opsdeck_jobs.uar_execution_record.population is
  'Control totals of each side and the hash of its definition. Null: no population was kept.'`,
  ],
};
