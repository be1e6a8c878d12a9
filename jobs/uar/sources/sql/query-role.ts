import { sql, type Transaction } from 'kysely';
import type { Database } from '../../../../src/db/tables.ts';
import { InconclusiveSource } from '../source.ts';

/** The session as it was before the query. */
export interface SessionBefore {
  readonly role: string;
  readonly statementTimeout: string;
  /** Of every setting that a session can change. */
  readonly fingerprint: string;
}

const fingerprint = sql<string>`(select md5(string_agg(name || '=' || coalesce(setting, ''), ',' order by name))
  from pg_catalog.pg_settings where context in ('user', 'superuser'))`;

export async function sessionBefore(trx: Transaction<Database>): Promise<SessionBefore> {
  const { rows } = await sql<SessionBefore & { readonly strings: string }>`
    select current_setting('role') as role, current_setting('statement_timeout') as "statementTimeout",
      current_setting('standard_conforming_strings') as strings, ${fingerprint} as fingerprint`.execute(trx);
  const [before] = rows;
  if (before === undefined) throw new Error('settings gave no row');
  // Backslashes would mean something else to PostgreSQL than to whoever has read the query.
  if (before.strings !== 'on')
    throw new InconclusiveSource('Queries need standard_conforming_strings = on in the database.');
  return before;
}

/** Takes the role and the time limit back. @throws InconclusiveSource when the query has left anything else changed. */
export async function restoreSession(trx: Transaction<Database>, before: SessionBefore): Promise<void> {
  await sql`select set_config('role', ${before.role}, true), set_config('statement_timeout', ${before.statementTimeout}, true)`.execute(
    trx,
  );
  const { rows } = await sql<{ fingerprint: string }>`select ${fingerprint} as fingerprint`.execute(trx);
  if (rows[0]?.fingerprint !== before.fingerprint)
    throw new InconclusiveSource('The query changed settings of the session; it was taken back.');
}

export async function becomeRole(trx: Transaction<Database>, role: string): Promise<void> {
  await sql`select set_config('role', ${role}, true)`.execute(trx);
}

/** @throws InconclusiveSource when queries cannot, or should not, run as the role. */
export async function checkRole(trx: Transaction<Database>, role: string): Promise<void> {
  const { rows } = await sql<{ super: boolean; member: boolean; temporary: boolean; database: string }>`
    select rolsuper or rolbypassrls or rolreplication as super, pg_has_role(oid, 'MEMBER') as member,
      has_database_privilege(oid, current_database(), 'TEMPORARY') as temporary, current_database() as database
    from pg_catalog.pg_roles where rolname = ${role}`.execute(trx);
  const [found] = rows;
  const wrong =
    found === undefined
      ? 'there is no such role'
      : found.super
        ? 'it may do everything (superuser, replication or bypassrls), which defeats its purpose'
        : !found.member
          ? `the program's role may not become it; grant it: grant "${role}" to the program's role`
          : !found.temporary
            ? `it may not make temporary objects; allow it: grant temporary on database "${found.database}" to "${role}"`
            : undefined;
  if (wrong !== undefined)
    throw new InconclusiveSource(`Queries cannot run as query_role '${role}': ${wrong}.`);
}
