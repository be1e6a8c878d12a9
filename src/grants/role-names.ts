import { type Kysely, sql } from 'kysely';
import type { Config } from '../config/config.ts';
import { parseConnectionUrl } from '../db/postgres/connection-url.ts';
import type { Database } from '../db/tables.ts';
import type { JobDefinition } from '../job/define-job.ts';
import type { GrantRole } from './role-words.ts';
import { type RoleNames, roleOf, usualRoleNames } from './script.ts';

/** The role of the connection, and those that the configuration names; the usual names where there is none. One statement. */
export async function readRoleNames(
  db: Kysely<Database>,
  config: Pick<Config, 'jobs'>,
  jobs: readonly JobDefinition[],
): Promise<RoleNames> {
  const queries = Object.values(config.jobs).map(({ settings }) => settings['query_role']);
  return {
    ...usualRoleNames,
    runner: await readRunner(db),
    retention: retentionUser(config, jobs) ?? usualRoleNames.retention,
    query: queries.find((role) => typeof role === 'string') ?? usualRoleNames.query,
  };
}

/** The roles that this configuration uses. */
export function usualRoles(
  config: Pick<Config, 'jobs'>,
  jobs: readonly JobDefinition[],
): readonly GrantRole[] {
  const asks = Object.values(config.jobs).some(({ settings }) => typeof settings['query_role'] === 'string');
  const deletes = jobs.some((job) => roleOf(job) === 'retention');
  return ['runner', ...(deletes ? (['retention'] as const) : []), ...(asks ? (['query'] as const) : [])];
}

/** An owner of OpsDeck's tables, and a superuser, need no grants: then the usual role is meant. */
async function readRunner(db: Kysely<Database>): Promise<string> {
  const { rows } = await sql<{ role: string }>`
    select r.rolname as role from pg_catalog.pg_roles r
     where r.rolname = current_user and not r.rolsuper
       and not exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace s on s.oid = c.relnamespace
                        where s.nspname = 'public' and c.relname = 'user' and pg_has_role(r.oid, c.relowner, 'usage'))`.execute(
    db,
  );
  return rows[0]?.role ?? usualRoleNames.runner;
}

/** The user of the URL with which the role that may delete logs in; undefined: there is none. */
export function retentionUser(
  { jobs: configs }: Pick<Config, 'jobs'>,
  jobs: readonly JobDefinition[],
): string | undefined {
  const urls = jobs
    .filter((job) => roleOf(job) === 'retention')
    .map(({ name }) => configs[name]?.databaseUrl);
  return urls.flatMap((url) => (url === undefined ? [] : (parseConnectionUrl(url).user ?? [])))[0];
}
