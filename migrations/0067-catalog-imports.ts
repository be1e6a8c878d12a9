import type { Migration } from './migration.ts';

/** Which version of a catalog a framework was imported from: OpsDeck has no place for it. */
export const catalogImports: Migration = {
  name: '0067-catalog-imports',
  title: 'versions of imported catalogs',
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.catalog_import (
  id             bigint generated always as identity primary key,
  at             timestamptz not null,
  actor          text        not null,
  framework_id   integer     not null,
  framework_name text        not null,
  title          text        not null,
  version        text,
  published      text,
  last_modified  text,
  oscal_version  text        not null,
  file_hash      bytea       not null check (length(file_hash) = 32),
  controls       integer     not null
)`,
    `comment on table opsdeck_jobs.catalog_import is
  'Every import of a catalog; the newest row of a framework has its version. No foreign key: the framework may be removed.'`,
    `comment on column opsdeck_jobs.catalog_import.published is 'As the catalog has it, as last_modified.'`,
    `comment on column opsdeck_jobs.catalog_import.file_hash is 'SHA-256 of the file as it was read.'`,
    'create index catalog_import_framework on opsdeck_jobs.catalog_import (framework_id, id desc)',
    `create trigger keep_rows before update or delete or truncate on opsdeck_jobs.catalog_import
  for each statement execute function opsdeck_jobs.keep_rows()`,
  ],
};
