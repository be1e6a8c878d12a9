import type { Migration } from './migration.ts';

/** What a time stamping service of RFC 3161 says about record heads. */
export const recordTimestamp: Migration = {
  name: '0062-record-timestamp',
  title: 'time stamps of record heads',
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.record_timestamp (
  head integer primary key references opsdeck_jobs.record_head (number),
  url text not null,
  stamped_at timestamptz not null,
  response bytea not null
)`,
    `comment on table opsdeck_jobs.record_timestamp is
  'RFC 3161 time stamps of record heads: the answer of the service as it came, for openssl ts -verify.'`,
    `create trigger keep_rows before update or delete or truncate on opsdeck_jobs.record_timestamp
  for each statement execute function opsdeck_jobs.keep_rows()`,
  ],
};
