import { type Kysely, type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { columnRef, tableRef } from '../batch/line.sql.ts';
import { type HoldColumns, isDue, isHeld, type Moment, referencesTo } from './rules.sql.ts';
import { storedColumns } from './table-shape.sql.ts';
import type { Target } from './target.ts';

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

/** One statement; `offset 0`: what keeps a row is looked up once a row, and not wherever it is used. `withBytes`: also looks at the size of every value. `claimed`: rows that earlier policies of a dry run would have taken do not count again. */
export async function countDue(
  trx: Kysely<Database>,
  target: Target,
  moment: Moment,
  holds: readonly HoldColumns[],
  withBytes: boolean,
  claimed: readonly RawBuilder<boolean>[] = [],
): Promise<DueCount> {
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
    select (select count(*) from ${tableRef(target.policy.table)})::text as total,
           count(*) filter (where not (${any}))::text as due,
           count(*) filter (where held)::text as held,
           array[${sql.join(firstOf)}]::text[] as referenced,
           min(at) filter (where not (${any}))::text as oldest,
           ${withBytes ? sql`coalesce(sum(size) filter (where not (${any})), 0)::text` : sql`null`} as bytes
      from (select ${columnRef('t', target.policy.timestampColumn)} as at, ${size} as size,
                   ${isHeld(target, holds, moment)} as held ${sql.join(flags, sql``)}
              from ${tableRef(target.policy.table)} t where ${sql.join([isDue(target, moment), ...claimed.map((rule) => sql`${rule} is not true`)], sql` and `)} offset 0) due`;
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
