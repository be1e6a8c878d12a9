import { type RawBuilder, sql } from 'kysely';
import type { AccountedRows } from '../compare/accounted.ts';
import type { FoundColumns } from '../compare/columns.ts';
import type { KeyExpressions } from '../compare/keys.sql.ts';
import { shownJson } from '../compare/shown.sql.ts';
import { isVisible } from '../compare/text.sql.ts';

type Accounted = Readonly<Record<'a' | 'b', AccountedRows>>;

/**
 * `copies, side, state, key_text, shown, why`: every row that was read, from the tables of the comparison. Keys that are compared are
 * there once each, so only the others are gathered; where there are none of those, they are not looked for.
 */
export function stagedPopulation(
  columns: FoundColumns,
  keys: KeyExpressions,
  accounted: Accounted,
): RawBuilder<unknown> {
  const parts = (['a', 'b'] as const).flatMap((side) => ofSide(side, columns, keys, accounted));
  return sql.join(parts, sql` union all `);
}

function ofSide(
  side: 'a' | 'b',
  columns: FoundColumns,
  keys: KeyExpressions,
  accounted: Accounted,
): readonly RawBuilder<unknown>[] {
  const { excluded, no_key: noKey, duplicate } = accounted[side];
  const table = sql.table(`uar_${side}`);
  const name = sql.lit(side);
  const shown = shownJson(columns.show[side]);
  const apart =
    noKey + duplicate === 0
      ? sql``
      : sql`where key is not null and not exists (select from uar_key u where u.key = k.key)`;
  // offset 0: the key is made once a row.
  const compared = sql`
    select 1 as copies, ${name}::text as side, 'compared'::text as state, key as key_text, shown, null::text as why
      from (select ${keys[side]} as key, ${shown} as shown from ${table} offset 0) k ${apart}`;
  const duplicates = sql`
    select count(*)::int, ${name}, 'duplicate', d.key, ${shownJson(columns.show[side], 'x')}, null
      from uar_duplicate d join ${table} x on x.ctid = d.tid where d.side = ${name} group by d.key, 5`;
  const label = side === 'a' ? null : columns.label;
  const labelled =
    label === null
      ? sql`''`
      : sql`case when ${isVisible(sql.ref(`c${label.column}`))} then ${sql.ref(`c${label.column}`)} else '' end`;
  const withoutKey = sql`
    select count(*)::int, ${name}, 'no_key', label, shown, null
      from (select ${labelled} as label, ${shown} as shown from ${table} where coalesce(${keys[side]}, '') = '') n
     group by label, shown`;
  const left = sql`
    select count(*)::int, ${name}, 'excluded', coalesce(key, ''), shown, why
      from uar_excluded where side = ${name} group by 4, shown, why`;
  return [
    compared,
    ...(duplicate > 0 ? [duplicates] : []),
    ...(noKey > 0 ? [withoutKey] : []),
    ...(excluded > 0 ? [left] : []),
  ];
}
