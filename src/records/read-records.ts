import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../db/tables.ts';
import type { Dependent, RecordKind, RecordRow } from './record-kind.ts';
import { tableOf } from './record-kind.ts';

const storedRow = z.looseObject({ id: z.int(), name: z.string(), enabled: z.boolean().nullable() });
const cell = z.string().nullable();

function toRow(kind: RecordKind, row: unknown): RecordRow {
  const { id, name, enabled, ...rest } = storedRow.parse(row);
  const details = [...kind.details, ...(kind.more ?? [])].map(
    (column) => [column, cell.parse(rest[column]) ?? ''] as const,
  );
  return { id, name, enabled, details: Object.fromEntries(details) };
}

/** Which records; null: all. */
export interface RecordFilter {
  /** A part of the name, in any letter case. */
  readonly text: string | null;
  readonly frameworkId: number | null;
  readonly limit: number;
}

/** By name; and how many there are in all. One statement. */
export async function listRecords(
  db: Kysely<Database>,
  kind: RecordKind,
  { text, frameworkId, limit }: RecordFilter,
): Promise<{ readonly records: readonly RecordRow[]; readonly total: number }> {
  const ofFramework =
    kind.framework === true
      ? sql`(${frameworkId}::integer is null or framework_id = ${frameworkId}::integer)`
      : sql`true`;
  const names = kind.alsoNamed === undefined ? sql`` : sql`union all ${kind.alsoNamed}`;
  const named =
    text === null
      ? sql`true`
      : sql`id in (select id from (select id, name from (${kind.rows}) r ${names}) n where strpos(lower(n.name), lower(${text}::text)) > 0)`;
  const { rows } = await sql<{ total: number }>`
    select *, (count(*) over ())::integer as total from (${kind.rows}) record
     where ${ofFramework} and ${named} order by lower(name), id limit ${limit}::integer`.execute(db);
  return { records: rows.map((row) => toRow(kind, row)), total: rows[0]?.total ?? 0 };
}

/** One statement; null: it is not there. */
export async function readRecord(
  db: Kysely<Database>,
  kind: RecordKind,
  id: number,
): Promise<RecordRow | null> {
  const { rows } = await sql`select * from (${kind.rows}) record where id = ${id}::integer`.execute(db);
  return rows[0] === undefined ? null : toRow(kind, rows[0]);
}

/** How many records of each kind there are. One statement. */
export async function countRecords(
  db: Kysely<Database>,
  kinds: readonly RecordKind[],
): Promise<readonly number[]> {
  const counts = kinds.map(
    ({ table }, place) =>
      sql`select ${place}::integer as place, count(*)::integer as n from ${tableOf(table)}`,
  );
  const { rows } = await sql<{ n: number }>`
    select n from (${sql.join(counts, sql` union all `)}) counted order by place`.execute(db);
  return rows.map(({ n }) => n);
}

/** What becomes of the rows that depend on a record when it is removed. */
export type Fate = 'removed' | 'loosened' | 'stays' | 'evidence';

export interface DependentCount extends Pick<Dependent, 'one' | 'many' | 'table'> {
  readonly fate: Fate;
  readonly rows: number;
}

/** What depends on the record, without what has no row. One statement. */
export async function countDependents(
  db: Kysely<Database>,
  kind: RecordKind,
  id: number,
): Promise<readonly DependentCount[]> {
  const { parts, loosened = [], stays = [], evidence = [] } = kind;
  const as = (fate: Fate, dependents: readonly Dependent[]) =>
    dependents.filter(({ silent }) => silent !== true).map((dependent) => ({ fate, dependent }));
  const all = [
    ...as('evidence', evidence),
    ...as('removed', parts),
    ...as('loosened', loosened),
    ...as('stays', stays),
  ];
  if (all.length === 0) return [];
  const counts = all.map(
    ({ dependent: { table, where } }, place) => sql`
      select ${place}::integer as place, count(*)::integer as n from ${tableOf(table)} t where ${where(id)}`,
  );
  const { rows } = await sql<{ place: number; n: number }>`
    select place, n from (${sql.join(counts, sql` union all `)}) counted where n > 0 order by place`.execute(
    db,
  );
  return rows.flatMap(({ place, n }) => {
    const found = all[place];
    if (found === undefined) return [];
    const { one, many, table } = found.dependent;
    return [{ fate: found.fate, one, many, table, rows: n }];
  });
}
