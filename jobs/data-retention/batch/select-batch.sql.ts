import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { storedColumns } from '../policy/table-shape.sql.ts';
import { type RelatedTarget, relatedFrom, relatedOrder, rootKey, type Target } from '../policy/target.ts';
import { columnRef, lineOf, tableRef } from './line.sql.ts';

/** A batch is no larger than this, as the values take place in the table; a single row may be. */
const batchBytes = 4 * 1024 * 1024;
/** What a row that goes along is taken to need. */
const relatedBytes = 1024;
/** Related rows are read so many at a time: an access review may have hundreds of thousands. */
const relatedPage = 2000;

export interface Batch {
  /** Keys of the policy's table, ascending. */
  readonly keys: readonly string[];
  /** Their lines, where they are wanted, with a newline between two: one text, not thousands. */
  readonly text: string;
}

/**
 * The next rows after a key, in the order of the primary key, without a lock: what becomes of them meanwhile is looked at again
 * when they are deleted.
 */
export async function selectBatch(
  trx: Kysely<Database>,
  target: Target,
  taken: RawBuilder<boolean>,
  page: { readonly after: string | null; readonly limit: number; readonly withLines: boolean },
): Promise<Batch> {
  const key = rootKey(target);
  const type = sql.raw(target.key.base_type);
  const sizes = [
    ...storedColumns(target.shape).map(
      ({ name }) => sql`coalesce(pg_column_size(${columnRef('t', name)}), 0)`,
    ),
    ...target.related.map((related) => {
      const { from, root } = relatedFrom(related);
      return sql`(select count(*) * ${sql.lit(relatedBytes)} from ${from} where ${root} = ${key})`;
    }),
  ];
  // Two statements in effect: with an `or` the index would be read from its beginning for every batch.
  const beyond = page.after === null ? sql`true` : sql`${key} > ${page.after}::text::${type}`;
  const line = page.withLines ? lineOf(0, target.shape, 't', key) : sql`''`;
  const { rows } = await sql<{ keys: string | null; text: string | null }>`
    select string_agg(${key}::text, ',' order by ${key}) as keys, string_agg(${line}, E'\n' order by ${key}) as text
      from (select t.*, sum("retention size") over (order by ${key} rows between unbounded preceding and 1 preceding)
                          as "retention before"
              from (select t.*, ${sql.join(sizes, sql` + `)} as "retention size"
                      from ${tableRef(target.policy.table)} t
                     where ${beyond} and ${taken}
                     order by ${key} limit ${page.limit}::int) t) t
     where coalesce("retention before", 0) < ${sql.lit(batchBytes)}`.execute(trx);
  const { keys = null, text = null } = rows[0] ?? {};
  return { keys: keys === null ? [] : keys.split(','), text: text ?? '' };
}

/** The rows of a related table that go with these, some lines at a time. `read` runs one statement. */
export async function* relatedLines(
  read: <T>(query: (trx: Kysely<Database>) => Promise<T>) => Promise<T>,
  target: Target,
  related: RelatedTarget,
  keys: readonly string[],
): AsyncGenerator<readonly string[]> {
  const { alias, from, root } = relatedFrom(related);
  const ofBatch = sql`${root} = any (${[...keys]}::text[]::${sql.raw(target.key.base_type)}[])`;
  const order = relatedOrder(related, alias);
  const ends = await read(async (trx) => {
    const { rows } = await sql<{ place: string[] }>`
      select place from (
        select array[${sql.join(related.shape.key.map((name) => sql`${columnRef(alias, name)}::text`))}] as place,
               row_number() over (order by ${order}) as nth
          from ${from} where ${ofBatch}) all_of_them
       where nth % ${sql.lit(relatedPage)} = 0 order by nth`.execute(trx);
    return rows.map((row) => row.place);
  });
  const at = (place: readonly string[]) =>
    sql`(${sql.join(
      related.shape.key.map((name, index) => {
        const type = related.shape.columns.find((column) => column.name === name)?.base_type ?? 'text';
        return sql`${place[index] ?? ''}::text::${sql.raw(type)}`;
      }),
    )})`;
  const bounds = [undefined, ...ends, undefined];
  for (let index = 0; index + 1 < bounds.length; index += 1) {
    const [low, high] = [bounds[index], bounds[index + 1]];
    yield await read(async (trx) => {
      const { rows } = await sql<{ line: string }>`
        select ${lineOf(related.place, related.shape, alias, root)} as line from ${from}
         where ${ofBatch} ${low === undefined ? sql`` : sql`and (${order}) > ${at(low)}`}
           ${high === undefined ? sql`` : sql`and (${order}) <= ${at(high)}`}
         order by ${order}`.execute(trx);
      return rows.map((row) => row.line);
    });
  }
}
