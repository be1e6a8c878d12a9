import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../../../src/db/tables.ts';
import type { Clock } from '../../../../src/time/clock.ts';
import type { LoadedSource, OpenSource, StagingTable } from '../source.ts';
import { makeStagingTable, stagingColumns } from '../staging.ts';

/** How many rows were staged, and their SHA-256 (hex) in an order of its own: a query without ORDER BY gives the same one each time. */
export async function countAndHash(
  trx: Transaction<Database>,
  table: StagingTable,
  columns: number,
): Promise<{ readonly rows: number; readonly sha256: string }> {
  const cells = sql.join(stagingColumns(columns).map((name) => sql.id(name)));
  const { rows } = await sql<{ rows: string; sha256: string }>`
    select count(*) as rows, encode(sha256(coalesce(string_agg(hash, ''::bytea order by hash), ''::bytea)), 'hex') as sha256
    from (select sha256(convert_to(row(${cells})::text, 'UTF8')) as hash from ${sql.id('pg_temp', table)}) as hashes`.execute(
    trx,
  );
  const [counted] = rows;
  if (counted === undefined) throw new Error('an aggregate gave no row');
  return { rows: Number(counted.rows), sha256: counted.sha256 };
}

/** What a source of OpsDeck's own tables is made of. */
export interface OpsdeckRows {
  readonly columns: readonly string[];
  /** Gives the columns, each as text. */
  readonly select: RawBuilder<unknown>;
  readonly warnings?: readonly string[];
}

/** A source of OpsDeck's own tables: one INSERT … SELECT. */
export function opsdeckSource(
  clock: Clock,
  plan: (trx: Transaction<Database>) => Promise<OpsdeckRows>,
): OpenSource {
  return {
    load: async (trx, table) => {
      const extractedAt = clock.now();
      const { columns, select, warnings = [] } = await plan(trx);
      await makeStagingTable(trx, table, columns.length);
      const names = sql.join(stagingColumns(columns.length).map((name) => sql.id(name)));
      await sql`insert into ${sql.id('pg_temp', table)} (${names}) ${select}`.execute(trx);
      const counted = await countAndHash(trx, table, columns.length);
      return { columns, ...counted, extractedAt, asOf: null, warnings } satisfies LoadedSource;
    },
    close: () => Promise.resolve(),
  };
}
