import { sql, type Transaction } from 'kysely';
import { sqlState } from '../../../../src/db/errors.ts';
import type { Database } from '../../../../src/db/tables.ts';
import {
  type ColumnChoice,
  InconclusiveSource,
  type LoadedSource,
  type OpenSource,
  type StagingTable,
} from '../../../../src/sources/source.ts';
import type { Clock } from '../../../../src/time/clock.ts';
import type { Side } from '../sides.ts';
import { itemsTable, makeItemsTable, stageObjects } from './stage-objects.ts';

/** SQLSTATE. */
const untranslatable = '22P05';

/**
 * The list in `json_data` of a comparison. It is read where it is stored and does not come through the program: numbers would
 * lose digits. OpsDeck takes anything but a list for an empty one, which makes everybody on the other side an orphan; here it
 * is inconclusive.
 */
export function storedJson(clock: Clock, comparisonId: number, side: Side): OpenSource {
  const config = side === 'A' ? sql.id('source_a_config') : sql.id('source_b_config');
  const load = async (
    trx: Transaction<Database>,
    table: StagingTable,
    choose?: ColumnChoice,
  ): Promise<LoadedSource> => {
    const extractedAt = clock.now();
    const { rows } = await sql<{ kind: string | null }>`
        select json_typeof(${config} -> 'json_data') as kind from uar_comparison where id = ${comparisonId}`.execute(
      trx,
    );
    const kind = rows[0]?.kind ?? null;
    if (kind === null) throw new InconclusiveSource('The JSON source has no json_data.');
    if (kind !== 'array')
      throw new InconclusiveSource(`json_data is a ${kind}, not a list of objects; nothing is compared.`);
    await makeItemsTable(trx, table);
    await sql`insert into ${sql.id('pg_temp', itemsTable(table))} (row_no, item)
        select items.place, items.item from uar_comparison,
          json_array_elements(${config} -> 'json_data') with ordinality as items (item, place)
        where uar_comparison.id = ${comparisonId}`.execute(trx);
    const sha256 = await hashItems(trx, table);
    const staged = await stageObjects(trx, table, 'json_data', choose);
    return { ...staged, sha256, extractedAt, asOf: null, warnings: [] };
  };
  return {
    load: (trx, table, choose) =>
      load(trx, table, choose).catch((error: unknown) => {
        throw nulOr(error);
      }),
    close: () => Promise.resolve(),
  };
}

/** SHA-256 (hex) of the list, as it is stored, staged or not. */
async function hashItems(trx: Transaction<Database>, table: StagingTable): Promise<string> {
  const { rows } = await sql<{ sha256: string }>`
    select encode(sha256(coalesce(string_agg(sha256(convert_to(item::text, 'UTF8')), ''::bytea order by row_no), ''::bytea)), 'hex') as sha256
      from ${sql.id('pg_temp', itemsTable(table))}`.execute(trx);
  const [hashed] = rows;
  if (hashed === undefined) throw new Error('an aggregate gave no row');
  return hashed.sha256;
}

/** Whatever PostgreSQL takes out of a JSON text, it refuses when there is a NUL anywhere in it. */
function nulOr(error: unknown): unknown {
  return sqlState(error) === untranslatable
    ? new InconclusiveSource('json_data holds a NUL (\\u0000), which no text column can hold.')
    : error;
}
