import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../../../src/db/tables.ts';
import type { LoadedSource, OpenSource } from '../../../../src/sources/source.ts';
import { countAndHash, makeStagingTable, stagingColumns } from '../../../../src/sources/staging.ts';
import type { Clock } from '../../../../src/time/clock.ts';

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
