import { type Kysely, sql, type Transaction } from 'kysely';
import { type Migration, migrations } from '../../migrations/index.ts';
import type { OperatorError } from '../errors/operator-error.ts';
import { usage } from '../errors/usage.ts';
import type { DatabaseMode } from './database.ts';
import { type StoredIdentity, storedIdentities } from './identity.ts';
import {
  builtVersion,
  createMigrationTable,
  createSchema,
  isPassedOver,
  stepHashes,
} from './migration-steps.ts';
import type { Database } from './tables.ts';

/**
 * Applies the numbered steps of `migrations/`, all pending ones in one transaction: a database is at one step or
 * another, never between two, and two processes that migrate at the same moment do it once.
 *
 * Kysely's own Migrator is not used: it holds a session-level advisory lock around its transaction, which behind PgBouncer
 * in transaction mode is taken on one server connection and released on another, and so stays locked for ever. It also
 * leaves its bookkeeping tables behind when the first step fails.
 */

/** A number that no other program is likely to lock on. Held to the end of the transaction. */
const migrationLock = sql.lit(7_305_204_112);

export interface AppliedMigration {
  readonly name: string;
  readonly appliedAt: Date;
}

/** How far a database is. */
export interface MigrationState {
  /** null: no step was ever applied. */
  readonly mode: DatabaseMode | null;
  readonly applied: readonly AppliedMigration[];
  /** Oldest first; steps that only concern a standalone database are among them until they are passed over. */
  readonly pending: readonly Migration[];
  /** Steps that this program does not know: the database is newer than the program. */
  readonly unknown: readonly string[];
  /** Steps that were applied with another content than they have in this program. */
  readonly changed: readonly string[];
  /** Oldest first; empty unless they were asked for. */
  readonly identities: readonly StoredIdentity[];
  /** The pending steps are in it, as the build made it: nobody has opened it yet. */
  readonly built: boolean;
}

export interface MigrationOutcome {
  readonly mode: DatabaseMode;
  /** What this call applied, oldest first; empty: there was nothing to do. */
  readonly applied: readonly Migration[];
  /** Steps of {@link applied} of which no statement was run, because a running OpsDeck owns their tables. */
  readonly passedOver: readonly Migration[];
}

/** What the state is; reads only, also on a database that was never migrated. */
export async function readMigrationState(db: Kysely<Database>): Promise<MigrationState> {
  const { rows } = await sql<{ present: boolean }>`
    select to_regclass('opsdeck_jobs.migration') is not null as present`.execute(db);
  return migrationState(db, rows[0]?.present === true);
}

/** The same where it is known whether there is any bookkeeping of migrations. */
export function migrationState(
  db: Kysely<Database>,
  hasMigrations: boolean,
  withIdentities = false,
): Promise<MigrationState> {
  if (hasMigrations) return stateOf(db, withIdentities);
  return Promise.resolve(neverMigrated);
}

const neverMigrated: MigrationState = {
  mode: null,
  applied: [],
  pending: migrations,
  unknown: [],
  changed: [],
  identities: [],
  built: false,
};

async function stateOf(db: Kysely<Database>, withIdentities: boolean): Promise<MigrationState> {
  // Both tables come with the first step, in one transaction.
  const { rows } = await sql<{
    name: string;
    applied_at: Date;
    content_hash: string | null;
    program_version: string;
    mode: DatabaseMode | null;
    identities: readonly StoredIdentity[];
  }>`
    -- A database before 0014 does not have the column.
    select name, applied_at, program_version, to_jsonb(m)->>'content_hash' as content_hash,
           (select mode from opsdeck_jobs.installation) as mode,
           ${withIdentities ? storedIdentities : sql`'[]'::jsonb`} as identities
      from opsdeck_jobs.migration m order by name`.execute(db);
  if (rows[0]?.program_version === builtVersion) return { ...neverMigrated, built: true };
  const done = new Set(rows.map((row) => row.name));
  const known = new Set(migrations.map((migration) => migration.name));
  return {
    mode: rows[0]?.mode ?? null,
    applied: rows.map((row) => ({ name: row.name, appliedAt: row.applied_at })),
    pending: migrations.filter((migration) => !done.has(migration.name)),
    unknown: rows.map((row) => row.name).filter((name) => !known.has(name)),
    changed: rows
      .filter(({ name, content_hash: hash }) => hash !== null && (stepHashes.get(name) ?? hash) !== hash)
      .map(({ name }) => name),
    identities: rows[0]?.identities ?? [],
    built: false,
  };
}

/**
 * Attached when any table of OpsDeck's, or its `alembic_version`, is there before our first step: then they are
 * somebody's, and nothing in `public` is created, altered or dropped.
 */
export async function detectMode(db: Kysely<Database>): Promise<DatabaseMode> {
  const { rows } = await sql<{ attached: boolean }>`
    select exists (
      select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and c.relname::text = any (${opsdeckTableNames})
    ) as attached`.execute(db);
  return rows[0]?.attached === true ? 'attached' : 'standalone';
}

/** OpsDeck's tables that we know, and Alembic's mark that they are OpsDeck's. */
export const opsdeckTableNames: readonly string[] = [
  'alembic_version',
  ...migrations
    .filter((migration) => migration.standaloneOnly)
    .flatMap((migration) => migration.statements)
    .flatMap((statement) => /^create table public\."?(\w+)"?/.exec(statement)?.[1] ?? []),
];

/**
 * Applies every pending step.
 *
 * @throws OperatorError `database_newer` when the database has steps that this program does not know.
 */
export async function applyMigrations(
  db: Kysely<Database>,
  programVersion: string,
  label: string,
): Promise<MigrationOutcome> {
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(trx);
    const before = await readMigrationState(trx);
    refuseOther(before, label);
    const mode = before.built ? 'standalone' : (before.mode ?? (await detectMode(trx)));
    if (before.built) await takeOver(trx, programVersion);
    else if (before.pending.length > 0) {
      if (before.applied.length === 0) await prepare(trx);
      for (const migration of before.pending) await apply(trx, migration, mode, programVersion);
      if (before.mode === null) {
        await trx
          .insertInto('opsdeck_jobs.installation')
          .values({ mode, program_version: programVersion })
          .execute();
      }
      await noteHashes(trx);
    }
    return {
      mode,
      applied: before.pending,
      passedOver: before.pending.filter((step) => isPassedOver(step, mode)),
    };
  });
}

/** A database that the build made was migrated now, by this program. */
async function takeOver(trx: Transaction<Database>, programVersion: string): Promise<void> {
  await sql`
    with steps as (update opsdeck_jobs.migration set applied_at = now(), program_version = ${programVersion})
    update opsdeck_jobs.installation set created_at = now(), program_version = ${programVersion}`.execute(
    trx,
  );
}

async function prepare(trx: Transaction<Database>): Promise<void> {
  const { rows } = await sql<{ missing: boolean }>`
    select to_regnamespace('opsdeck_jobs') is null as missing`.execute(trx);
  if (rows[0]?.missing === true) await sql.raw(createSchema).execute(trx);
  await sql.raw(createMigrationTable).execute(trx);
}

async function apply(
  trx: Transaction<Database>,
  migration: Migration,
  mode: DatabaseMode,
  programVersion: string,
): Promise<void> {
  if (!isPassedOver(migration, mode)) await runAll(trx, migration.statements);
  await sql`insert into opsdeck_jobs.migration (name, program_version) values (${migration.name}, ${programVersion})`.execute(
    trx,
  );
}

/** Of the steps just applied, and of those that were applied before hashes were kept. */
async function noteHashes(trx: Transaction<Database>): Promise<void> {
  await sql`
    update opsdeck_jobs.migration m set content_hash = h.value
      from jsonb_each_text(${JSON.stringify(Object.fromEntries(stepHashes))}::text::jsonb) h
     where m.name = h.key and m.content_hash is null`.execute(trx);
}

async function runAll(trx: Transaction<Database>, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(trx);
}

/** @throws OperatorError `database_newer`, `migration_changed`: the applied steps are not this program's. */
export function refuseOther(state: MigrationState, label: string): void {
  if (state.unknown.length === 0) {
    if (state.changed.length > 0) throw changedSteps(state.changed, label);
    return;
  }
  throw usage(
    `${label} was migrated by a newer opsdeck-jobs (unknown: ${state.unknown.join(', ')}).`,
    'Update opsdeck-jobs on this machine.',
    'database_newer',
  );
}

function changedSteps(names: readonly string[], label: string): OperatorError {
  return usage(
    `${label} was migrated by a program with another content of ${names.join(', ')} than this one has.`,
    'Use the version of opsdeck-jobs that migrated it, or restore a backup and run `migrate` with this one.',
    'migration_changed',
  );
}

export function notMigrated(label: string): OperatorError {
  return usage(
    `${label} is not migrated to this version of opsdeck-jobs.`,
    'Run: opsdeck-jobs migrate',
    'not_migrated',
  );
}
