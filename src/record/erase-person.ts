/*
 * The erasure of a person's address from what the program keeps.
 *
 * Model: rows that a record head covers lose everything that may identify a person, and their salt: without it nobody can find out from
 * the hash what stood there, and `verify` counts the row as erased. In all other rows the address is replaced where it stands, by a word
 * that no other erasure has, so that no two persons become one. Rows whose text itself is hashed (snapshots, archives) stay, and are counted.
 * Attached, OpsDeck's tables stay, and are counted, too.
 * Guarantee: one transaction. The triggers of append-only tables let it pass by its row in the action log, which does not have the address.
 * Not promised: names, user numbers, files of archives, backups, mails that were sent.
 */
import { randomUUID } from 'node:crypto';
import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import type { OpenDatabase } from '../db/database.ts';
import type { Database } from '../db/tables.ts';
import { type Author, findDecider } from '../decisions/author.ts';
import { reportDecision } from '../decisions/report-decision.ts';
import { usage } from '../errors/usage.ts';
import { count as countOf } from '../text/count.ts';
import type { RecordParts, RecordTable } from './parts.ts';
import {
  addressPattern,
  countRows,
  hasAddress,
  readTextTables,
  replaceAddress,
  type TableCount,
  type TextTable,
} from './person-columns.sql.ts';

/** Their text is under a hash without a salt: a snapshot's, an archive's. */
const hashedText: readonly string[] = [
  ...['archive_manifest', 'archived_record', 'drift_event', 'drift_snapshot_framework', 'record_head'].map(
    (table) => `opsdeck_jobs.${table}`,
  ),
  'public.compliance_audit',
];

/** Where the address is, by what becomes of it. */
export interface Findings {
  /** Covered by heads: what identifies a person is removed, with the salt. */
  readonly erased: readonly TableCount[];
  readonly replaced: readonly TableCount[];
  readonly kept: readonly TableCount[];
  /** Tables of OpsDeck's, which are its own business. */
  readonly opsdeck: readonly TableCount[];
}

interface Places {
  readonly covered: readonly { readonly part: RecordTable; readonly table: TextTable }[];
  readonly plain: readonly TextTable[];
  readonly hashed: readonly TextTable[];
  readonly opsdeck: readonly TextTable[];
}

/** Reads only. @throws OperatorError `person_in_use`. */
export async function findPerson(
  database: OpenDatabase,
  parts: Required<RecordParts>,
  address: string,
): Promise<Findings> {
  const { db } = database;
  await refuseInUse(db, address);
  const places = await readPlaces(db, database.mode, parts);
  const pattern = addressPattern(address);
  const count = (tables: readonly TextTable[]) => countRows(db, tables, pattern);
  return {
    erased: await count(
      places.covered.map(({ part, table }) => ({
        ...table,
        columns: table.columns.filter(({ name }) => part.personal.includes(name)),
      })),
    ),
    replaced: await count(places.plain),
    kept: await count(places.hashed),
    opsdeck: await count(places.opsdeck),
  };
}

export interface Erasure {
  readonly address: string;
  readonly reason: string;
  readonly author: Author;
}

/**
 * One transaction. Gives what was done, the id of its row in the action log, and what whoever typed it reads about the mail to the
 * person who decided; null: nobody is named.
 *
 * @throws OperatorError exit 2: `person_in_use`, `unknown_actor`, `archived_actor`.
 */
export async function erasePerson(
  database: OpenDatabase,
  parts: Required<RecordParts>,
  erasure: Erasure,
): Promise<Pick<Findings, 'erased' | 'replaced'> & { readonly id: string; readonly mail: string | null }> {
  const pattern = addressPattern(erasure.address);
  return database.db.transaction().execute(async (trx) => {
    const { author, reason } = erasure;
    const decider = await findDecider(trx, author.actor);
    await refuseInUse(trx, erasure.address);
    const { covered, plain } = await readPlaces(trx, database.mode, parts);
    const id = randomUUID();
    await beginErasure(trx, id, erasure, database.clock.now());
    const erased: TableCount[] = [];
    for (const { part } of covered)
      erased.push({ table: part.table, rows: await eraseRows(trx, part, pattern) });
    const by = `[erased:${id.slice(0, 8)}]`;
    const replaced: TableCount[] = [];
    for (const table of plain)
      replaced.push({ table: table.name, rows: await replaceAddress(trx, table, pattern, by) });
    const done = {
      erased: erased.filter(({ rows }) => rows > 0),
      replaced: replaced.filter(({ rows }) => rows > 0),
    };
    const after = { entered_by: author.enteredBy, ...done };
    await sql`update opsdeck_jobs.action_log set after = ${JSON.stringify(after)}::jsonb where id = ${id}::uuid`.execute(
      trx,
    );
    // After the address was replaced: without it.
    const rows = [...erased, ...replaced].reduce((sum, one) => sum + one.rows, 0);
    const what = `the address of a person was erased from ${countOf(rows, 'row')} (person:${id.slice(0, 8)})`;
    return { id, ...done, mail: await reportDecision(trx, decider, author, { what, reason }) };
  });
}

async function readPlaces(
  db: Kysely<Database>,
  mode: OpenDatabase['mode'],
  { tables: recorded }: Required<RecordParts>,
): Promise<Places> {
  const ours = await readTextTables(db, 'opsdeck_jobs');
  const others = await readTextTables(db, 'public');
  const isHashed = ({ name }: TextTable) => hashedText.includes(name);
  const covered = recorded.flatMap((part) => {
    const table = ours.find(({ name }) => name === part.table);
    return table === undefined ? [] : [{ part, table }];
  });
  const reachable = mode === 'attached' ? ours : [...ours, ...others];
  return {
    covered,
    plain: reachable.filter(
      (table) => !isHashed(table) && recorded.every((part) => part.table !== table.name),
    ),
    hashed: reachable.filter(isHashed),
    opsdeck: mode === 'attached' ? others : [],
  };
}

/** What still acts on the address would act on another one, or on none. */
async function refuseInUse(db: Kysely<Database>, address: string): Promise<void> {
  const { rows } = await sql<{ messages: number; holds: number; exceptions: number }>`
    select (select count(*)::int from opsdeck_jobs.message
             where lower(destination) = lower(${address}) and state not in ('sent', 'failed', 'cancelled')) as messages,
           (select count(*)::int from opsdeck_jobs.retention_hold
             where released_at is null and lower("values"::text) like '%' || lower(${address}::text) || '%') as holds,
           (select count(*)::int from opsdeck_jobs.uar_exception
             where revoked_at is null and until >= current_date and lower(key_text) = lower(${address})) as exceptions`.execute(
    db,
  );
  const found = rows[0];
  const [what, next] =
    found === undefined
      ? []
      : found.holds > 0
        ? ['a legal hold names it', 'See `retention legal-hold list`.']
        : found.messages > 0
          ? ['messages to it are not final', 'Cancel them with `messages cancel`; see `messages list`.']
          : found.exceptions > 0
            ? [
                'an approved exception is for it',
                'Revoke it with `uar exception revoke`; see `uar exception list`.',
              ]
            : [];
  if (what === undefined || next === undefined) return;
  throw usage(`${address} cannot be erased: ${what}. Nothing was changed.`, next, 'person_in_use');
}

/** The triggers of append-only tables look for both. */
async function beginErasure(
  trx: Transaction<Database>,
  id: string,
  { author: { actor, enteredBy }, reason }: Erasure,
  now: Date,
): Promise<void> {
  await sql`
    insert into opsdeck_jobs.action_log (id, at, actor, action, subject, after, note)
    values (${id}::uuid, ${now.toISOString()}::timestamptz, ${actor}, 'person.erase', ${`person:${id.slice(0, 8)}`},
            ${JSON.stringify({ entered_by: enteredBy })}::jsonb, ${reason})`.execute(trx);
  await sql`select set_config('opsdeck_jobs.removes_for', ${id}, true)`.execute(trx);
}

/** The rows with the address, and their salts. */
async function eraseRows(
  trx: Transaction<Database>,
  { table, key, personal }: RecordTable,
  pattern: string,
): Promise<number> {
  const { rows: types } = await sql<{ name: string; type: string; required: boolean }>`
    select attname as name, format_type(atttypid, null) as type, attnotnull as required from pg_attribute
     where attrelid = ${table}::text::regclass and attname = any (${[...personal]}::text[])`.execute(trx);
  const values = types.map(
    ({ name, type, required }) => sql`${sql.id(name)} = ${erasedValue(name, type, required)}`,
  );
  const { rows } = await sql<{ rows: number }>`
    with done as (
      update ${sql.table(table)} t set ${sql.join(values)} where ${hasAddress(personal, pattern)}
      returning ${sql.ref(`t.${key}`)}::text as key
    ), salts as (
      update opsdeck_jobs.record_row r set salt = null from done
       where r.table_name = ${table}::text and r.row_key = done.key
      returning 1
    )
    select (select count(*)::int from done) as rows, (select count(*)::int from salts) as salts`.execute(trx);
  return rows[0]?.rows ?? 0;
}

/** What `isErased` takes for nothing. A text keeps being there: some columns may only be empty with others. */
function erasedValue(name: string, type: string, required: boolean): RawBuilder<unknown> {
  if (type === 'text') return sql`case when ${sql.ref(`t.${name}`)} is not null then '[erased]' end`;
  if (!required) return sql`null`;
  return type.startsWith('json') ? sql`'{}'` : sql`0`;
}
