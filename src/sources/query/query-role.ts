import { sql, type Transaction } from 'kysely';
import type { Database } from '../../db/tables.ts';
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

interface RoleFacts {
  readonly super: boolean;
  readonly member: boolean;
  readonly settable: boolean;
  readonly temporary: boolean;
  readonly login: string;
  /** Statements that would allow it. */
  readonly grant_role: string;
  readonly grant_temporary: string;
}

/**
 * What counts is who logged in: PostgreSQL judges by that role who may become another, whatever role it is just then. From version 16
 * on a member may be granted a role without the right to become it.
 *
 * @throws InconclusiveSource when queries cannot, or should not, run as the role.
 */
export async function checkRole(trx: Transaction<Database>, role: string): Promise<void> {
  const { rows } = await sql<RoleFacts>`
    select rolsuper or rolbypassrls or rolreplication as super, pg_has_role(session_user, oid, 'MEMBER') as member,
      pg_has_role(session_user, oid, case when current_setting('server_version_num')::integer < 160000 then 'MEMBER' else 'SET' end) as settable,
      has_database_privilege(oid, current_database(), 'TEMPORARY') as temporary, session_user as login,
      format('grant %I to %I', rolname, session_user) as grant_role,
      format('grant temporary on database %I to %I', current_database(), rolname) as grant_temporary
    from pg_catalog.pg_roles where rolname = ${role}`.execute(trx);
  const [found] = rows;
  const wrong = found === undefined ? 'there is no such role' : whyNot(found);
  if (wrong !== undefined)
    throw new InconclusiveSource(`Queries cannot run as query_role '${role}': ${wrong}.`);
}

function whyNot(found: RoleFacts): string | undefined {
  if (found.super)
    return 'it may do everything (superuser, replication or bypassrls), which defeats its purpose';
  if (!found.settable) {
    const statement = found.member ? `${found.grant_role} with set true` : found.grant_role;
    return `the role of the connection, '${found.login}', may not become it; allow it: ${statement}`;
  }
  return found.temporary
    ? undefined
    : `it may not make temporary objects; allow it: ${found.grant_temporary}`;
}
