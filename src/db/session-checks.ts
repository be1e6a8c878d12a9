import { type Kysely, sql } from 'kysely';
import { usage } from '../errors/usage.ts';
import { currentOid, withSystemIdentifier } from './identity.ts';
import { opsdeckTableNames } from './migrator.ts';
import type { Database } from './tables.ts';

export interface SessionFacts {
  /** The database's time. */
  readonly now: Date;
  /** The session's zone: on a fresh connection, the one in which OpsDeck's `timestamp` columns are written. */
  readonly zone: string;
  readonly role: string;
  /** The identity of the server, if the role may read it, and of the database. */
  readonly system: string | null;
  readonly oid: string;
  /** Our bookkeeping of migrations is there. */
  readonly hasMigrations: boolean;
  /** So is the table of the database's identity. */
  readonly hasIdentity: boolean;
  /** Tables of OpsDeck in schema public that the search path does not lead to. */
  readonly hiddenTables: readonly string[];
}

/** Not to_regclass: it fails for a schema that the role may not use. */
const isThere = (table: string) => sql`exists (
  select from pg_catalog.pg_class c join pg_catalog.pg_namespace s on s.oid = c.relnamespace
   where s.nspname = 'opsdeck_jobs' and c.relname = ${sql.lit(table)})`;

const oldestVersion = 140_000;

/**
 * What a fresh connection says of itself, in one statement.
 *
 * @throws OperatorError for a server that is too old, or that writes dates in a way that cannot be read safely.
 */
export async function readSession(db: Kysely<Database>, label: string): Promise<SessionFacts> {
  const { rows } = await withSystemIdentifier((system) =>
    sql<{
      now: string;
      zone: string;
      version: number;
      version_text: string;
      date_style: string;
      interval_style: string;
      role: string;
      has_migrations: boolean;
      has_identity: boolean;
      hidden_tables: string[];
      system: string | null;
      oid: string;
    }>`
    select (extract(epoch from now()) * 1000)::text as now,
           current_setting('TimeZone') as zone,
           current_setting('server_version_num')::int as version,
           current_setting('server_version') as version_text,
           current_setting('DateStyle') as date_style,
           current_setting('IntervalStyle') as interval_style,
           current_user as role,
           ${system} as system,
           ${currentOid}::text as oid,
           ${isThere('migration')} as has_migrations,
           ${isThere('database_identity')} as has_identity,
           array(select name from unnest(${opsdeckTableNames}::text[]) as name
                  where to_regclass('public.' || quote_ident(name)) is not null
                    and to_regclass(quote_ident(name)) is distinct from to_regclass('public.' || quote_ident(name))
                  order by name) as hidden_tables`.execute(db),
  );
  const row = rows[0];
  if (row === undefined) throw new Error('a select without from returned no row');
  if (row.version < oldestVersion) {
    throw usage(
      `${label} is PostgreSQL ${row.version_text}; version 14 or newer is needed.`,
      'Upgrade the server.',
      'database_too_old',
    );
  }
  if (!row.date_style.startsWith('ISO') || row.interval_style !== 'postgres') {
    throw usage(
      `${label} writes dates as DateStyle '${row.date_style}', IntervalStyle '${row.interval_style}' for the role ${row.role}; ISO and postgres are needed.`,
      `Run: alter role ${row.role} set datestyle = 'ISO'; alter role ${row.role} set intervalstyle = 'postgres'`,
      'database_date_style',
    );
  }
  return {
    now: new Date(Number(row.now)),
    zone: row.zone,
    role: row.role,
    system: row.system,
    oid: row.oid,
    hasMigrations: row.has_migrations,
    hasIdentity: row.has_identity,
    hiddenTables: row.hidden_tables,
  };
}

/**
 * OpsDeck's tables are read by their plain names, as OpsDeck does: the search path must lead to those in `public`.
 *
 * @throws OperatorError `database_search_path` naming the tables that it hides.
 */
export function refuseHiddenTables({ hiddenTables, role }: SessionFacts, label: string): void {
  if (hiddenTables.length === 0) return;
  throw usage(
    `On ${label} the search path of the role ${role} does not lead to these tables of schema public: ${hiddenTables.join(', ')}.`,
    `Run: alter role ${role} set search_path = public`,
    'database_search_path',
  );
}
