/*
 * Which database this is. A restored or copied one holds the queue of its original, and would send all of it again.
 *
 * Model: the first `migrate` stores the identity (PostgreSQL: system identifier and oid of the database; embedded: the inode of
 * the data folder). Whoever opens a database with another one adds a row that is not confirmed, and the outbox claims
 * nothing while there is one (`identityAllowsSending`, a condition of its statements); `migrate --confirm-database` confirms it.
 * Nothing else stops.
 * `restore` adds such a row itself: it puts another database into the same folder.
 * Not noticed: a dump restored into the same database, and a physical copy, which has the same identifiers: such a copy
 * answers at another host or under another name, and that is warned of.
 */
import { stat } from 'node:fs/promises';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { sqlState } from './errors.ts';
import type { Database } from './tables.ts';

/** The part of a connected database that its identity is read from. */
interface Identified {
  readonly db: Kysely<Database>;
  readonly kind: 'postgres' | 'embedded';
  readonly label: string;
  readonly folder?: { readonly path: string };
}

interface CurrentIdentity {
  /** null: the role may not read it; then the oid alone counts. */
  readonly system: string | null;
  readonly oid: string;
  /** null: embedded. */
  readonly place: string | null;
}

/** A row of `database_identity`. */
export interface StoredIdentity {
  readonly system_identifier: string | null;
  readonly database_oid: string;
  readonly place: string | null;
  readonly confirmed: boolean;
}

export const currentOid = sql`(select oid::bigint from pg_catalog.pg_database where datname = current_database())`;

/** Every stored identity as JSON, oldest first: part of the statement that a database is opened with. */
export const storedIdentities = sql`(
  select coalesce(jsonb_agg(jsonb_build_object('system_identifier', i.system_identifier, 'database_oid', i.database_oid::text,
                                               'place', i.place, 'confirmed', i.confirmed_at is not null) order by i.id), '[]')
    from opsdeck_jobs.database_identity i)`;

/** True while the identity lets messages be sent; also true where none is stored yet. */
export const identityAllowsSending = sql`coalesce(
  (select i.confirmed_at is not null and i.database_oid = ${currentOid}
     from opsdeck_jobs.database_identity i order by i.id desc limit 1), true)`;

/** What became of the check: `known`, or a sentence for the operator. */
export type IdentityCheck =
  | { readonly kind: 'known' }
  | { readonly kind: 'other' | 'elsewhere'; readonly warning: string };

/** Stores the identity if none is stored yet; for the first `migrate`. */
export async function storeFirstIdentity(database: Identified): Promise<void> {
  const { system, oid, place } = await readCurrent(database);
  await sql`
    insert into opsdeck_jobs.database_identity (system_identifier, database_oid, place, confirmed_at, confirmed_by)
    select ${system}, ${oid}::bigint, ${place}, now(), 'first migrate'
     where not exists (select from opsdeck_jobs.database_identity)`.execute(database.db);
}

/** Compares the database with what is stored, given what its first statement found, and notes another identity, so that no host sends until it is confirmed. */
export async function checkIdentity(
  database: Identified,
  rows: readonly StoredIdentity[],
  found: Pick<CurrentIdentity, 'system' | 'oid'>,
): Promise<IdentityCheck> {
  const newest = rows.at(-1);
  if (newest === undefined) return { kind: 'known' };
  const current = await completed(database, found);
  if (newest.confirmed && isSame(newest, current)) return checkPlace(database, rows, current);
  if (newest.confirmed) await noteOther(database.db, current);
  return {
    kind: 'other',
    warning:
      `${database.label} is not the database that was migrated first: it was restored or copied. No message is sent from it. ` +
      'To let it send: opsdeck-jobs migrate --confirm-database',
  };
}

/**
 * Notes in the copy of an embedded database that it takes the place of another one. Its inode says nothing then: the data folder
 * stays the same.
 */
export async function noteRestored(copy: Identified): Promise<void> {
  const { rows } = await sql<{ oid: string; noted: boolean }>`
    select ${currentOid}::text as oid, to_regclass('opsdeck_jobs.database_identity') is not null as noted`.execute(
    copy.db,
  );
  const [row] = rows;
  if (row?.noted === true) await noteOther(copy.db, { system: 'restored', oid: row.oid, place: null });
}

/** Would {@link confirmIdentity} change something? A database without an identity gets its first one, confirmed, from `migrate`. */
export async function needsConfirmation(database: Identified): Promise<boolean> {
  const { rows } = await sql<{ noted: boolean }>`
    select to_regclass('opsdeck_jobs.database_identity') is not null as noted`.execute(database.db);
  if (rows[0]?.noted !== true) return false;
  const stored = await readStored(database.db);
  return stored.length > 0 && !isConfirmed(stored, await readCurrent(database));
}

function isConfirmed(rows: readonly StoredIdentity[], current: CurrentIdentity): boolean {
  const newest = rows.at(-1);
  const same = newest?.confirmed === true && isSame(newest, current);
  return same && rows.some((row) => row.place === current.place);
}

/** Confirms the database as it is now, with a row in the action log; false: it was confirmed already. */
export async function confirmIdentity(database: Identified, actor: string): Promise<boolean> {
  const current = await readCurrent(database);
  const { system, oid, place } = current;
  return database.db.transaction().execute(async (trx) => {
    await sql`lock table opsdeck_jobs.database_identity in share row exclusive mode`.execute(trx);
    if (isConfirmed(await readStored(trx), current)) return false;
    await sql`
      update opsdeck_jobs.database_identity set confirmed_at = now(), confirmed_by = ${actor}
       where confirmed_at is null`.execute(trx);
    await sql`
      insert into opsdeck_jobs.database_identity (system_identifier, database_oid, place, confirmed_at, confirmed_by)
      values (${system}, ${oid}::bigint, ${place}, now(), ${actor})`.execute(trx);
    await sql`
      insert into opsdeck_jobs.action_log (actor, action, subject, after)
      values (${actor}, 'database.confirm', 'database',
              jsonb_build_object('system_identifier', ${system}::text, 'database_oid', ${oid}::bigint, 'place', ${place}::text))`.execute(
      trx,
    );
    return true;
  });
}

async function readStored(db: Kysely<Database>): Promise<readonly StoredIdentity[]> {
  const { rows } = await sql<{ identities: readonly StoredIdentity[] }>`
    select ${storedIdentities} as identities`.execute(db);
  return rows[0]?.identities ?? [];
}

async function readCurrent(database: Identified): Promise<CurrentIdentity> {
  const found = await withSystemIdentifier(async (system) => {
    const { rows } = await sql<{ system: string | null; oid: string }>`
      select ${system} as system, ${currentOid}::text as oid`.execute(database.db);
    const [row] = rows;
    if (row === undefined) throw new Error('a select without from returned no row');
    return row;
  });
  return completed(database, found);
}

async function completed(
  { kind, label, folder }: Identified,
  { system, oid }: Pick<CurrentIdentity, 'system' | 'oid'>,
): Promise<CurrentIdentity> {
  if (kind === 'postgres') return { system, oid, place: label };
  const inode = folder === undefined ? null : (await stat(folder.path, { bigint: true })).ino;
  return { system: inode === null ? null : `inode ${inode}`, oid, place: null };
}

/** By default every role may read the system identifier; for one that may not, the oid alone counts. */
export async function withSystemIdentifier<T>(read: (system: RawBuilder<unknown>) => Promise<T>): Promise<T> {
  try {
    return await read(sql`(select system_identifier::text from pg_catalog.pg_control_system())`);
  } catch (error) {
    if (sqlState(error) === '42501') return read(sql`null::text`);
    throw error;
  }
}

function isSame(stored: StoredIdentity, { system, oid }: Pick<CurrentIdentity, 'system' | 'oid'>): boolean {
  if (stored.database_oid !== oid) return false;
  return stored.system_identifier === null || system === null || stored.system_identifier === system;
}

function checkPlace(
  { label }: Identified,
  rows: readonly StoredIdentity[],
  { place }: CurrentIdentity,
): IdentityCheck {
  const places = rows.flatMap((row) => row.place ?? []);
  if (place === null || places.length === 0 || places.includes(place)) return { kind: 'known' };
  return {
    kind: 'elsewhere',
    warning:
      `The database was known as ${places.at(-1)} and is now ${label}; if it is a copy, its original may send the same messages. ` +
      'To confirm this place: opsdeck-jobs migrate --confirm-database',
  };
}

/** A role that may only read cannot note it; those that send can. */
async function noteOther(db: Kysely<Database>, { system, oid, place }: CurrentIdentity): Promise<void> {
  try {
    await sql`
      insert into opsdeck_jobs.database_identity (system_identifier, database_oid, place)
      values (${system}, ${oid}::bigint, ${place}) on conflict do nothing`.execute(db);
  } catch (error) {
    if (!['42501', '25006'].includes(sqlState(error) ?? '')) throw error;
  }
}
