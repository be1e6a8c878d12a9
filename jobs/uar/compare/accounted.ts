import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { count } from '../../../src/text/count.ts';
import { InconclusiveComparison, type StagedSide } from './spec.ts';

const total = z.int().min(0);

/** Where the rows of a side went: `rows` is the sum of the others. */
export const accountedRows = z.strictObject({
  rows: total,
  compared: total,
  excluded: total,
  no_key: total,
  duplicate: total,
});
export type AccountedRows = z.output<typeof accountedRows>;

const counted = z.object({ staged: total, excluded: total, no_key: total, duplicate: total });

/**
 * Checks, after the comparison, that each row that was read is compared, excluded, without a key or one of several with its key. The
 * source counted the rows as it read them, the database counts what it has. One statement.
 *
 * @throws InconclusiveComparison
 */
export async function accountForRows(
  trx: Transaction<Database>,
  sides: { readonly a: StagedSide; readonly b: StagedSide },
): Promise<{ readonly a: AccountedRows; readonly b: AccountedRows }> {
  const ofSide = (side: 'a' | 'b') => sql`
    select ${sql.lit(side)}::text as side, (select count(*)::int from ${sql.table(`uar_${side}`)}) as staged,
           (select count(*)::int from uar_excluded where side = ${sql.lit(side)}) as excluded,
           (select coalesce(sum(rows), 0)::int from uar_key where side = ${sql.lit(side)} and key = '') as no_key,
           (select count(*)::int from uar_duplicate where side = ${sql.lit(side)}) as duplicate`;
  const { rows } = await sql`${ofSide('a')} union all ${ofSide('b')} order by side`.execute(trx);
  const [a, b] = rows.map((row) => counted.parse(row));
  if (a === undefined || b === undefined) throw new Error('the rows of a side were not counted');
  return { a: account('A', sides.a, a), b: account('B', sides.b, b) };
}

function account(side: 'A' | 'B', source: StagedSide, found: z.output<typeof counted>): AccountedRows {
  const { staged, excluded, no_key, duplicate } = found;
  const compared = staged - no_key - duplicate;
  if (staged + excluded !== source.rows || compared < 0) {
    throw new InconclusiveComparison(
      `${source.name ?? `Source ${side}`}: ${count(source.rows, 'row')} read, but ${staged + excluded} accounted for: ${compared} compared, ${excluded} excluded, ${no_key} without a key, ${duplicate} with a duplicate key.`,
    );
  }
  return { rows: source.rows, compared, excluded, no_key, duplicate };
}
