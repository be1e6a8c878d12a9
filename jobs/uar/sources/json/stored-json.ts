import { sql, type Transaction } from 'kysely';
import { sqlState } from '../../../../src/db/errors.ts';
import type { Database } from '../../../../src/db/tables.ts';
import type { Clock } from '../../../../src/time/clock.ts';
import {
  InconclusiveSource,
  type LoadedSource,
  type OpenSource,
  type Side,
  type StagingTable,
} from '../source.ts';
import { countAndHash } from '../sql/staged-rows.ts';
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
  const load = async (trx: Transaction<Database>, table: StagingTable): Promise<LoadedSource> => {
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
    const { columns } = await stageObjects(trx, table, 'json_data');
    const counted = await countAndHash(trx, table, columns.length);
    return { columns, ...counted, extractedAt, asOf: null, warnings: [] };
  };
  return {
    load: (trx, table) =>
      load(trx, table).catch((error: unknown) => {
        throw nulOr(error);
      }),
    close: () => Promise.resolve(),
  };
}

/** Whatever PostgreSQL takes out of a JSON text, it refuses when there is a NUL anywhere in it. */
function nulOr(error: unknown): unknown {
  return sqlState(error) === untranslatable
    ? new InconclusiveSource('json_data holds a NUL (\\u0000), which no text column can hold.')
    : error;
}
