import type { Migration } from './migration.ts';

/** Which database this is, so that a restored or copied one does not send mail by surprise. */
export const databaseIdentity: Migration = {
  name: '0015-database-identity',
  title: 'identity of the database, so that a restored or copied one sends nothing until it is confirmed',
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.database_identity (
  id bigint generated always as identity primary key,
  system_identifier text,
  database_oid bigint not null,
  place text,
  seen_at timestamptz not null default now(),
  confirmed_at timestamptz,
  confirmed_by text,
  constraint database_identity_confirmed check ((confirmed_at is null) = (confirmed_by is null))
)`,
    `comment on table opsdeck_jobs.database_identity is
  'The first row is of the first migrate and is never changed. A later one: the database was restored or copied. While the newest is not confirmed, or is of another database, nothing is sent.'`,
    `create unique index database_identity_open on opsdeck_jobs.database_identity ((confirmed_at is null))
  where confirmed_at is null`,
  ],
};
