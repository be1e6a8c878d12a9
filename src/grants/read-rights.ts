import { type Kysely, sql } from 'kysely';
import type { Database } from '../db/tables.ts';
import { grantsOf, type Right, rightsOf, sequenceOf, type TableGrant } from './table-grant.ts';

/** What a role should have. */
export interface Wanted {
  readonly role: string;
  readonly grants: readonly TableGrant[];
  /** All tables of schema opsdeck_jobs, beside {@link grants}. */
  readonly ownTables: boolean;
}

/** How a database answers {@link Wanted}. */
export interface RoleRights {
  readonly role: string;
  readonly exists: boolean;
  /** What the role lacks of what the database has. */
  readonly missing: readonly TableGrant[];
  readonly missingSequences: readonly string[];
  readonly missingSchemas: readonly string[];
  /** It lacks a right on a table of ours. */
  readonly lacksOwnTables: boolean;
}

export interface DatabaseRights {
  /** In the order of what was wanted. */
  readonly roles: readonly RoleRights[];
  /** Leaves of grants that were asked for the tables and columns that the database has. */
  present(grants: readonly TableGrant[]): readonly TableGrant[];
}

interface Answer {
  readonly roles: readonly { readonly role: string; readonly exists: boolean; readonly own: boolean }[];
  readonly rights: readonly (Right & { readonly at: number; readonly granted: boolean })[];
}

/** One statement for any number of roles: what is there, and what they may. A role that does not exist may nothing. */
export async function readRights(db: Kysely<Database>, wanted: readonly Wanted[]): Promise<DatabaseRights> {
  const schemas = ['public', 'opsdeck_jobs'].map(
    (name): Right => ({ kind: 'schema', name, column: null, privilege: 'usage' }),
  );
  const asked = wanted.flatMap(({ role, grants }, at) =>
    [...schemas, ...rightsOf(grants)].map((right) => ({ ...right, at, role })),
  );
  const names = wanted.map(({ role }) => role);
  const { rows } = await sql<Answer>`
    with asked as materialized (
      select w.*, r.oid as role_oid
        from jsonb_to_recordset(${JSON.stringify(asked)}::text::jsonb)
          as w(at int, role text, kind text, name text, "column" text, privilege text)
        left join pg_catalog.pg_roles r on r.rolname = w.role
    ), found as (
      select asked.at, asked.kind, asked.name, asked."column", asked.privilege,
             coalesce(has_schema_privilege(asked.role_oid, s.oid, asked.privilege), false) as granted
        from asked join pg_catalog.pg_namespace s on s.nspname = asked.name
       where asked.kind = 'schema'
      union all
      select asked.at, asked.kind, asked.name, asked."column", asked.privilege,
             coalesce(case when asked.kind = 'sequence' then has_sequence_privilege(asked.role_oid, c.oid, asked.privilege)
                           when a.attnum is not null then has_column_privilege(asked.role_oid, c.oid, a.attnum, asked.privilege)
                           else has_table_privilege(asked.role_oid, c.oid, asked.privilege) end, false)
        from asked
        join pg_catalog.pg_namespace s
          on s.nspname = case when strpos(asked.name, '.') > 0 then split_part(asked.name, '.', 1) else 'public' end
        join pg_catalog.pg_class c
          on c.relnamespace = s.oid and c.relname = substr(asked.name, strpos(asked.name, '.') + 1)
         and c.relkind = any (case asked.kind when 'sequence' then array['S'] else array['r', 'p', 'v', 'm', 'f'] end::"char"[])
        left join pg_catalog.pg_attribute a
          on a.attrelid = c.oid and a.attname = asked."column" and a.attnum > 0 and not a.attisdropped
       where asked.kind <> 'schema' and (asked."column" is null or a.attnum is not null)
    )
    select (select coalesce(jsonb_agg(to_jsonb(found)), '[]') from found) as rights,
           (select coalesce(jsonb_agg(jsonb_build_object(
                     'role', w.role, 'exists', r.oid is not null,
                     'own', r.oid is not null and not exists (
                       select from pg_catalog.pg_class c join pg_catalog.pg_namespace s on s.oid = c.relnamespace
                        where s.nspname = 'opsdeck_jobs' and c.relkind in ('r', 'p')
                          and not (has_table_privilege(r.oid, c.oid, 'select') and has_table_privilege(r.oid, c.oid, 'insert'))))), '[]')
              from unnest(${names}::text[]) as w(role)
              left join pg_catalog.pg_roles r on r.rolname = w.role) as roles`.execute(db);
  const [answer] = rows;
  if (answer === undefined) throw new Error('a select without from returned no row');
  const roles = wanted.map((one, at): RoleRights => {
    const rights = answer.rights.filter((right) => right.at === at);
    const lacking = rights.filter(({ granted }) => !granted);
    const state = answer.roles.find(({ role }) => role === one.role);
    return {
      role: one.role,
      exists: state?.exists === true,
      missing: grantsOf(lacking),
      missingSequences: lacking.filter(({ kind }) => kind === 'sequence').map(({ name }) => name),
      missingSchemas: lacking.filter(({ kind }) => kind === 'schema').map(({ name }) => name),
      lacksOwnTables: one.ownTables && state?.own !== true,
    };
  });
  return { roles, present: (grants) => presentOf(grants, answer.rights) };
}

/** The grants as they were given, but for tables and columns that are not there. */
function presentOf(grants: readonly TableGrant[], rights: readonly Right[]): readonly TableGrant[] {
  const known = new Set(rights.map(({ kind, name, column }) => `${kind} ${name} ${column ?? ''}`));
  const has = (table: string, column: string) => known.has(`table ${table} ${column}`);
  return grants.flatMap((grant): readonly TableGrant[] => {
    const { since: _, select, update, insert, ...rest } = grant;
    const columns = (list: TableGrant['select']) =>
      list === undefined || list === 'all' ? list : list.filter((column) => has(grant.table, column));
    const there = rights.some(({ kind, name }) => kind === 'table' && name === grant.table);
    const sequence = sequenceOf(grant);
    if (!there || (sequence !== null && !known.has(`sequence ${sequence} `))) return [];
    const [reads, changes] = [columns(select), columns(update)];
    return [
      {
        ...rest,
        ...(reads === undefined || reads.length === 0 ? {} : { select: reads }),
        ...(insert === undefined ? {} : { insert }),
        ...(changes === undefined || changes.length === 0 ? {} : { update: changes }),
      },
    ];
  });
}
