import { type Kysely, type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { columnRef, tableRef } from '../batch/line.sql.ts';
import type { Moment } from './moment.sql.ts';
import { referencesTo } from './references.sql.ts';
import { type HoldColumns, isDue, isHeld } from './rules.sql.ts';
import { storedColumns } from './table-shape.sql.ts';
import { rootKey, type Target } from './target.ts';

/** What a policy finds. */
export interface DueCount {
  /** Rows in the table. */
  readonly total: number;
  /** Rows that would be taken now. */
  readonly due: number;
  readonly held: number;
  /** Rows that are kept because others point to them, by the table of those, largest first; each row counts once. */
  readonly referenced: readonly { readonly table: string; readonly rows: number }[];
  /** Of those that would be taken, as PostgreSQL writes it; null: there is none. */
  readonly oldest: string | null;
  /** What those rows take in the table; null where it was not asked for. */
  readonly bytes: number | null;
}

const count = z.coerce.number().int().min(0);
const row = z.object({
  total: count,
  due: count,
  held: count,
  referenced: z.array(count),
  oldest: z.string().nullable(),
  bytes: count.nullable(),
});

export interface CountOptions {
  /** Also the size of every value. */
  readonly withBytes: boolean;
  /** Rows that earlier policies would have taken do not count again. */
  readonly claimed?: readonly RawBuilder<boolean>[];
  /** Looks only at so many rows, those with the lowest keys. Default: at all of them. */
  readonly atMost?: number;
}

/** One statement; `offset 0`: what keeps a row is looked up once a row, and not wherever it is used. */
export async function countDue(
  trx: Kysely<Database>,
  target: Target,
  moment: Moment,
  holds: readonly HoldColumns[],
  { withBytes, claimed = [], atMost }: CountOptions,
): Promise<DueCount> {
  const table = tableRef(target.policy.table);
  const rowsOf = (what: RawBuilder<unknown>) =>
    atMost === undefined
      ? table
      : sql`(select ${what} from ${table} a order by ${rootKey(target, 'a')} limit ${sql.lit(atMost)})`;
  const references = referencesTo(target);
  const flags = references.map(({ exists }, index) => sql`, ${exists} as ${sql.id(`f${index}`)}`);
  const any = sql.join([sql`held`, ...references.map((_, index) => sql.id(`f${index}`))], sql` or `);
  const firstOf = references.map((_, index) => {
    const before = [sql`held`, ...references.slice(0, index).map((_one, at) => sql.id(`f${at}`))];
    return sql`count(*) filter (where ${sql.id(`f${index}`)} and not (${sql.join(before, sql` or `)}))`;
  });
  const size = withBytes
    ? sql.join(
        storedColumns(target.shape).map(
          ({ name }) => sql`coalesce(pg_column_size(${columnRef('t', name)}), 0)`,
        ),
        sql` + `,
      )
    : sql`0`;
  const query = sql`
    select (select count(*) from ${rowsOf(sql``)} a)::text as total,
           count(*) filter (where not (${any}))::text as due,
           count(*) filter (where held)::text as held,
           array[${sql.join(firstOf)}]::text[] as referenced,
           min(at) filter (where not (${any}))::text as oldest,
           ${withBytes ? sql`coalesce(sum(size) filter (where not (${any})), 0)::text` : sql`null`} as bytes
      from (select ${columnRef('t', target.policy.timestampColumn)} as at, ${size} as size,
                   ${isHeld(target, holds, moment)} as held ${sql.join(flags, sql``)}
              from ${rowsOf(sql`a.*`)} t where ${sql.join([isDue(target, moment), ...claimed.map((rule) => sql`${rule} is not true`)], sql` and `)} offset 0) due`;
  const { rows } = await query.execute(trx);
  const read = row.parse(rows[0]);
  return {
    ...read,
    referenced: references
      .map(({ table }, index) => ({ table, rows: read.referenced[index] ?? 0 }))
      .filter((one) => one.rows > 0)
      .toSorted((a, b) => b.rows - a.rows),
  };
}
