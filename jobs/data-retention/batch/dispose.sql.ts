import { type Kysely, type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { replacement } from '../policy/rules.sql.ts';
import {
  bundleHash,
  findColumn,
  type RelatedTarget,
  relatedFrom,
  relatedOrder,
  rootKey,
  type Target,
} from '../policy/target.ts';
import { type StoredKeys, storedKeys } from './key-set.ts';
import { columnRef, lineOf, tableRef } from './line.sql.ts';

/*
 * The statements of the short transaction that deletes. Holds cannot be added while it goes on: whoever adds one waits, and then sees
 * what is left. The rows are locked in the order of their keys before they are looked at for the last time, so that what the last look
 * sees is what is deleted.
 */

/** What a batch came to. */
export interface Disposed {
  /** null: none of its rows was taken. */
  readonly keys: StoredKeys | null;
  readonly first: string;
  readonly last: string;
  /** Rows of each table, the policy's own first. */
  readonly rows: readonly number[];
}

/** No hold is added or released until this transaction ends. */
export async function freezeHolds(trx: Kysely<Database>): Promise<void> {
  await sql`lock table opsdeck_jobs.retention_hold in share mode`.execute(trx);
}

/** Locks the rows and those that go with them. */
export async function lockBatch(
  trx: Kysely<Database>,
  target: Target,
  keys: readonly string[],
): Promise<void> {
  const wanted = keyArray(target, keys);
  const type = sql.raw(target.key.base_type);
  // Keys are ascending: between the first and the last there are few others, and the planner knows how many.
  await sql`select count(*) from (select from ${tableRef(target.policy.table)} t
    where ${rootKey(target)} between ${keys[0] ?? null}::text::${type} and ${keys.at(-1) ?? null}::text::${type}
      and ${rootKey(target)} = any (${wanted}) order by ${rootKey(target)} for update) locked`.execute(trx);
  for (const related of target.related) {
    const { alias, from, root } = relatedFrom(related);
    await sql`select count(*) from (select from ${from} where ${root} = any (${wanted})
      order by ${relatedOrder(related, alias)} for update of ${sql.id(alias)}) locked`.execute(trx);
  }
}

function keyArray(target: Target, keys: readonly string[]): RawBuilder<unknown> {
  return sql`${[...keys]}::text[]::${sql.raw(target.key.base_type)}[]`;
}

/** How the rows that are taken are dealt with. */
export type Disposal =
  /** They are in a file: each must still be what was read back from it. */
  | { readonly kind: 'archived'; readonly hashes: readonly string[] }
  /** The same, and they stay: they are marked as copied by this manifest. */
  | { readonly kind: 'copied'; readonly hashes: readonly string[]; readonly manifest: number }
  /** They go to `archived_record`, under this manifest. */
  | { readonly kind: 'recorded'; readonly manifest: number }
  /** Nothing is kept. */
  | { readonly kind: 'deleted' }
  | { readonly kind: 'anonymised' };

const row = z.object({
  keys: z.string().nullable(),
  first: z.string().nullable(),
  last: z.string().nullable(),
  rows: z.array(z.int()),
  recorded: z.int().nullable(),
});

/**
 * One statement: looks once more which of the rows may be taken, and takes them.
 *
 * @param taken `isTaken` of the target, with the holds as they are in this transaction.
 * @param keys ascending.
 */
export async function dispose(
  trx: Kysely<Database>,
  target: Target,
  taken: RawBuilder<boolean>,
  keys: readonly string[],
  disposal: Disposal,
): Promise<Disposed> {
  const table = tableRef(target.policy.table);
  const key = rootKey(target);
  const hashes = 'hashes' in disposal ? [...disposal.hashes] : null;
  const type = sql.raw(target.key.base_type);
  // The hashes are computed of these rows alone: as a condition of a join they would be of the whole table.
  const candidate = sql`
    select ${key} as key, ${hashes === null ? sql`null` : bundleHash(target)} as hash
      from ${table} t
     where ${key} between ${keys[0] ?? null}::text::${type} and ${keys.at(-1) ?? null}::text::${type} and ${taken}`;
  const wanted =
    hashes === null
      ? sql`join unnest(${keyArray(target, keys)}) as w (key) on w.key = c.key`
      : sql`join unnest(${keyArray(target, keys)}, ${hashes}::text[]) as w (key, hash) on w.key = c.key and w.hash = c.hash`;
  const deletes = disposal.kind !== 'copied' && disposal.kind !== 'anonymised';
  const related = deletes ? target.related : [];
  const parts = [
    sql`candidate as materialized (${candidate})`,
    sql`taken as materialized (select c.key from candidate c ${wanted})`,
    ...(disposal.kind === 'recorded' ? [recordedPart(target, disposal.manifest)] : []),
    ...related.map((one) => sql`${sql.id(`gone_${one.place}`)} as (${deleteRelated(target, one)})`),
    sql`gone_0 as (${ownPart(target, disposal)})`,
  ];
  const integers = target.key.base_type !== 'uuid';
  const summary = integers
    ? sql`range_agg(int8range(key::bigint, key::bigint, '[]'))::text`
    : sql`json_agg(key::text order by key)::text`;
  const { rows } = await sql`
    with ${sql.join(parts)}
    select (select case when count(*) > 0 then ${summary} end from gone_0) as keys,
           (select key::text from gone_0 order by gone_0.key limit 1) as first,
           (select key::text from gone_0 order by gone_0.key desc limit 1) as last,
           array[(select count(*)::int from gone_0) ${sql.join(
             related.map((one) => sql`, (select count(*)::int from ${sql.id(`gone_${one.place}`)})`),
             sql``,
           )}] as rows,
           ${disposal.kind === 'recorded' ? sql`(select count(*)::int from recorded)` : sql`null::int`} as recorded`.execute(
    trx,
  );
  const read = row.parse(rows[0]);
  const sum = read.rows.reduce((total, one) => total + one, 0);
  if (read.recorded !== null && read.recorded !== sum)
    throw new Error(`${sum} rows were deleted and ${read.recorded} archived`);
  return {
    keys: read.keys === null ? null : storedKeys.parse(integers ? read.keys : JSON.parse(read.keys)),
    first: read.first ?? '',
    last: read.last ?? '',
    rows: read.rows,
  };
}

/** What happens to the row itself; gives its key back. */
function ownPart(target: Target, disposal: Disposal): RawBuilder<unknown> {
  const table = tableRef(target.policy.table);
  const key = rootKey(target);
  switch (disposal.kind) {
    case 'copied':
      return sql`
        insert into opsdeck_jobs.archived_copy (table_name, key, manifest_id)
        select ${target.policy.table}::text, key::text, ${disposal.manifest}::bigint from taken
        returning archived_copy.key::${sql.raw(target.key.base_type)} as key`;
    case 'anonymised': {
      const values = Object.entries(target.policy.replace).map(([name, value]) => {
        const type = findColumn(target.shape, name)?.base_type ?? 'text';
        return sql`${sql.id(name)} = ${value === null ? sql`null` : replacement(value, type, key)}`;
      });
      return sql`update ${table} t set ${sql.join(values)} from taken where ${key} = taken.key returning ${key} as key`;
    }
    case 'archived':
    case 'recorded':
    case 'deleted':
      return sql`delete from ${table} t using taken where ${key} = taken.key returning ${key} as key`;
    default:
      return disposal satisfies never;
  }
}

function deleteRelated(target: Target, related: RelatedTarget): RawBuilder<unknown> {
  const [own, ...above] = related.chain;
  if (own === undefined) throw new TypeError('a related table belongs to another one');
  const table = tableRef(related.shape.table);
  const column = columnRef('d', own.column);
  const parent = target.related.find(({ shape }) => shape.table === own.parent);
  if (above.length === 0 || parent === undefined)
    return sql`delete from ${table} d using taken where ${column} = taken.key returning 1`;
  const { alias, from, root } = relatedFrom(parent);
  return sql`delete from ${table} d where ${column} in (
    select ${columnRef(alias, own.parentColumn)} from ${from} where ${root} in (select key from taken)) returning 1`;
}

/** The lines, in the order of an archive. */
function recordedPart(target: Target, manifest: number): RawBuilder<unknown> {
  const own = sql`select 0 as place, row_number() over (order by ${rootKey(target)}) as nth,
      ${lineOf(0, target.shape, 't', rootKey(target))} as line
      from ${tableRef(target.policy.table)} t join taken on taken.key = ${rootKey(target)}`;
  const others = target.related.map((related) => {
    const { alias, from, root } = relatedFrom(related);
    return sql`select ${sql.lit(related.place)}, row_number() over (order by ${relatedOrder(related, alias)}),
      ${lineOf(related.place, related.shape, alias, root)} from ${from} join taken on taken.key = ${root}`;
  });
  return sql`recorded as (
    insert into opsdeck_jobs.archived_record (manifest_id, place, line)
    select ${manifest}::bigint, row_number() over (order by place, nth), line
      from (${sql.join([own, ...others], sql` union all `)}) lines
    returning 1)`;
}

/** Hash and number of the lines under a manifest, as one text with a newline after each. */
export async function hashRecords(
  db: Kysely<Database>,
  manifest: number,
): Promise<{ readonly sha256: string; readonly lines: number }> {
  const { rows } = await sql<{ sha256: string; lines: number }>`
    select encode(sha256(convert_to(coalesce(string_agg(line || E'\n', '' order by place), ''), 'UTF8')), 'hex') as sha256,
           count(*)::int as lines
      from opsdeck_jobs.archived_record where manifest_id = ${manifest}::bigint`.execute(db);
  return rows[0] ?? { sha256: '', lines: 0 };
}
