import { sql, type Transaction } from 'kysely';
import { stagingTables } from '../../../../jobs/uar/sources/sides.ts';
import type { OpenDatabase } from '../../../../src/db/database.ts';
import type { Database } from '../../../../src/db/tables.ts';
import type { LoadedSource, OpenSource } from '../../../../src/sources/source.ts';

export interface Loaded extends LoadedSource {
  /** In the order of `row_no`. */
  readonly values: readonly (readonly (string | null)[])[];
}

/** Loads a source, and gives back what is in the table. */
export async function loadRowsIn(trx: Transaction<Database>, source: OpenSource): Promise<Loaded> {
  const loaded = await source.load(trx, stagingTables.A);
  const columns = sql.join(loaded.columns.map((_, index) => sql.id(`c${index + 1}`)));
  const { rows } = await sql<{
    no: string;
    cells: (string | null)[];
  }>`select row_no as no, array[${columns}]::text[] as cells from uar_a order by row_no`.execute(trx);
  const numbers = rows.map(({ no }) => Number(no));
  if (numbers.some((no, index) => no !== index + 1)) throw new Error(`row numbers ${numbers.join()}`);
  return { ...loaded, values: rows.map(({ cells }) => cells) };
}

/** As {@link loadRowsIn}, in a transaction of its own. */
export async function loadRows(database: OpenDatabase, source: OpenSource): Promise<Loaded> {
  try {
    return await database.db.transaction().execute((trx) => loadRowsIn(trx, source));
  } finally {
    await source.close();
  }
}

/** Why it failed. */
export async function reasonFor(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
  return 'it was loaded';
}

/** Why a source cannot be used. */
export function reasonOf(database: OpenDatabase, opening: Promise<OpenSource>): Promise<string> {
  return reasonFor(opening.then((source) => loadRows(database, source)));
}
