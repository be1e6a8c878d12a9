import type { Migration } from './migration.ts';

/** Exchange rates as their provider published them, to the digit, and those that an operator decides about. */
export const publishedRates: Migration = {
  name: '0012-published-rates',
  title: 'exchange rates as published, and those that are held',
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.fx_rate (
  provider text not null,
  rate_date date not null,
  base text not null,
  quote text not null,
  version integer not null default 1 check (version > 0),
  rate numeric not null check (rate > 0 and rate < 'Infinity'),
  fetched_at timestamptz not null,
  run_id uuid not null,
  primary key (provider, rate_date, base, quote, version)
)`,
    `comment on table opsdeck_jobs.fx_rate is
  'Units of quote for one unit of base, as published. The key is the guarantee that a day is stored once; a correction is a new version beside the old one.'`,
    `create index fx_rate_day on opsdeck_jobs.fx_rate (rate_date)`,
    `create index fx_rate_quote on opsdeck_jobs.fx_rate (quote, rate_date desc)`,
    `create table opsdeck_jobs.fx_held (
  id bigint generated always as identity primary key,
  provider text not null,
  rate_date date not null,
  base text not null,
  quote text not null,
  rate numeric not null check (rate > 0 and rate < 'Infinity'),
  compared_rate numeric not null,
  compared_date date not null,
  state text not null default 'held' check (state in ('held', 'accepted', 'rejected', 'superseded')),
  fetched_at timestamptz not null,
  run_id uuid not null,
  decided_at timestamptz,
  decided_by text,
  note text,
  constraint fx_held_decided check ((state = 'held') = (decided_at is null) and (decided_at is null) = (decided_by is null))
)`,
    `create unique index fx_held_once on opsdeck_jobs.fx_held (provider, rate_date, base, quote, rate)`,
    `comment on index opsdeck_jobs.fx_held_once is
  'The guarantee that a rate is held once, and that one that was rejected is not held again.'`,
    `comment on column opsdeck_jobs.fx_held.state is
  'superseded: its provider has published another rate of that day since, which was taken.'`,
    `create index fx_held_undecided on opsdeck_jobs.fx_held (quote, rate_date) where state = 'held'`,
  ],
};
