/*
 * The rights of the program's roles as one script of SQL. docs/grants.sql is this script for any OpsDeck; `generate grants` prints
 * what one database has; `doctor` prints the part that is missing.
 */
import type { JobDefinition } from '../job/define-job.ts';
import { appendOnlyTables, coreGrants } from './core-grants.ts';
import { grantStatements, revokeStatement } from './grant-statements.ts';
import { quoteIdentifier } from './quote-identifier.ts';
import type { GrantRole } from './role-words.ts';
import { mergedGrants, type TableGrant } from './table-grant.ts';

/** What the roles are called in one database. */
export type RoleNames = Readonly<Record<GrantRole, string>>;

export const usualRoleNames: RoleNames = {
  runner: 'opsdeck_jobs',
  retention: 'opsdeck_retention',
  query: 'opsdeck_query',
  reader: 'opsdeck_reader',
};

export interface GrantScript {
  readonly jobs: readonly JobDefinition[];
  readonly names: RoleNames;
  readonly roles: readonly GrantRole[];
  /** Leaves of a grant what the database has; undefined: the script is for any OpsDeck. */
  readonly present?: (grants: readonly TableGrant[]) => readonly TableGrant[];
}

/** The job's rights are those of a role of its own, which alone may delete OpsDeck's rows. */
export function roleOf({ databaseVariable }: JobDefinition): 'runner' | 'retention' {
  return databaseVariable === undefined ? 'runner' : 'retention';
}

/** The script, without a heading. It changes nothing that is in place, and names no table that a database may lack. */
export function grantScript(script: GrantScript): string {
  const parts: Readonly<Record<GrantRole, (script: GrantScript) => readonly string[]>> = {
    runner,
    retention,
    query,
    reader,
  };
  return `${script.roles.flatMap((role) => parts[role](script)).join('\n')}\n`;
}

function runner(script: GrantScript): readonly string[] {
  const { names, jobs } = script;
  const to = quoteIdentifier(names.runner);
  return [
    ...createRole(names.runner, 'login'),
    '',
    '-- Every job, and the program itself',
    ...schemas(to),
    `grant select, insert, update on all tables in schema opsdeck_jobs to ${to};`,
    ...forLaterTables('select, insert, update', names.runner),
    '-- No row of these is ever changed.',
    revokeStatement('update, delete', appendOnlyTables, names.runner),
    ...statements(script, coreGrants, names.runner),
    ...jobs.filter((job) => roleOf(job) === 'runner').flatMap((job) => ofJob(script, job, names.runner)),
  ];
}

function retention(script: GrantScript): readonly string[] {
  const { names, jobs } = script;
  return jobs
    .filter((job) => roleOf(job) === 'retention')
    .flatMap((job) => [
      '',
      `-- ${job.name}, by a role of its own (${job.databaseVariable?.name}): it alone may delete rows of OpsDeck's.`,
      '-- update (id): rows are locked before they are deleted.',
      ...createRole(names.retention, `login in role ${quoteIdentifier(names.runner)}`),
      ...statements(script, job.grants ?? [], names.retention),
    ]);
}

function query({ names }: GrantScript): readonly string[] {
  const to = quoteIdentifier(names.query);
  return [
    '',
    '-- Queries of access reviews, with query_role in the settings of uar: this role reads what it is granted here, and no more.',
    ...createRole(names.query, 'nologin'),
    `grant ${to} to ${quoteIdentifier(names.runner)};`,
    'do $$ begin',
    `  execute format('grant temporary on database %I to ${to.replaceAll("'", "''")}', current_database());`,
    'end $$;',
    `grant usage on schema public to ${to};`,
    `grant select (id, name, email, role, is_archived) on "user" to ${to};`,
    '-- Add what your queries read: grant select on … to this role.',
  ];
}

function reader(script: GrantScript): readonly string[] {
  const { names, jobs } = script;
  const to = quoteIdentifier(names.reader);
  const reads = [...coreGrants, ...jobs.flatMap(({ grants = [] }) => grants)].flatMap(
    ({ table, select, since }): readonly TableGrant[] =>
      select === undefined ? [] : [{ table, select, ...(since === undefined ? {} : { since }) }],
  );
  return [
    '',
    '-- Who only looks: list, status, reports. It writes nothing.',
    ...createRole(names.reader, 'login'),
    ...schemas(to),
    `grant select on all tables in schema opsdeck_jobs to ${to};`,
    ...forLaterTables('select', names.reader),
    ...statements(script, reads, names.reader),
  ];
}

function ofJob(script: GrantScript, job: JobDefinition, role: string): readonly string[] {
  return job.grants === undefined ? [] : ['', `-- ${job.name}`, ...statements(script, job.grants, role)];
}

function statements(
  { present }: GrantScript,
  grants: readonly TableGrant[],
  role: string,
): readonly string[] {
  const once = mergedGrants(grants);
  return grantStatements(present === undefined ? once : present(once), role);
}

function createRole(name: string, options: string): readonly string[] {
  const literal = name.replaceAll("'", "''");
  return [
    'do $$ begin',
    `  if not exists (select from pg_roles where rolname = '${literal}') then create role ${quoteIdentifier(name)} ${options}; end if;`,
    'end $$;',
  ];
}

function schemas(to: string): readonly string[] {
  return [`grant usage on schema public, opsdeck_jobs to ${to};`];
}

/** They belong to whoever runs `migrate`, and so do the tables that later versions add. */
function forLaterTables(rights: string, role: string): readonly string[] {
  const to = quoteIdentifier(role).replaceAll("'", "''");
  return [
    '-- And on the tables that later versions of opsdeck-jobs add, whose owner is whoever runs `migrate`.',
    'do $$ begin',
    `  execute format('alter default privileges for role %I in schema opsdeck_jobs grant ${rights} on tables to ${to}',`,
    "    (select tableowner from pg_tables where schemaname = 'opsdeck_jobs' and tablename = 'migration'));",
    'end $$;',
  ];
}
