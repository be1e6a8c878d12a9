import { type RawBuilder, sql } from 'kysely';
import type { FoundColumns } from '../compare/columns.ts';
import type { KeyExpressions } from '../compare/keys.sql.ts';
import { shownJson } from '../compare/shown.sql.ts';
import { isVisible } from '../compare/text.sql.ts';

/**
 * `copies, side, state, key_text, shown, why`: every row that was read, from the tables of the comparison. Keys that are compared are
 * there once each, so only the others are gathered.
 */
export function stagedPopulation(columns: FoundColumns, keys: KeyExpressions): RawBuilder<unknown> {
  return sql`${ofSide('a', columns, keys)} union all ${ofSide('b', columns, keys)}`;
}

function ofSide(side: 'a' | 'b', columns: FoundColumns, keys: KeyExpressions): RawBuilder<unknown> {
  const table = sql.table(`uar_${side}`);
  const name = sql.lit(side);
  const shown = shownJson(columns.show[side]);
  const keyed = sql`(select ${keys[side]} as key, ${shown} as shown from ${table}) k`;
  const label = side === 'a' ? null : columns.label;
  const labelled =
    label === null
      ? sql`''`
      : sql`case when ${isVisible(sql.ref(`c${label.column}`))} then ${sql.ref(`c${label.column}`)} else '' end`;
  return sql`
    select 1 as copies, ${name}::text as side, 'compared'::text as state, key as key_text, shown, null::text as why
      from ${keyed} where key is not null and not exists (select from uar_key u where u.key = k.key)
    union all
    select count(*)::int, ${name}, 'duplicate', d.key, ${shownJson(columns.show[side], 'x')}, null
      from uar_duplicate d join ${table} x on x.ctid = d.tid where d.side = ${name} group by d.key, 5
    union all
    select count(*)::int, ${name}, 'no_key', label, shown, null
      from (select ${labelled} as label, ${shown} as shown from ${table}
             where exists (select from uar_key where side = ${name} and key = '') and coalesce(${keys[side]}, '') = '') n
     group by label, shown
    union all
    select count(*)::int, ${name}, 'excluded', coalesce(key, ''), shown, why
      from uar_excluded where side = ${name} group by 4, shown, why`;
}
