import { type RawBuilder, sql } from 'kysely';
import { shownJson } from './shown.sql.ts';
import type { FoundColumns, FoundCondition } from './columns.ts';
import type { KeyExpressions } from './keys.sql.ts';
import { type FoldingCollation, isVisible, leniently } from './text.sql.ts';

/** `uar_excluded (side, row_no, key, why, shown)`: rows that a filter takes out of the comparison, and the cells that it read. */
export const makeExcludedTable = sql`
    create temporary table uar_excluded (side text, row_no bigint, key text, why text, shown jsonb) on commit drop`;

/** Moves the rows of a side that do not meet its conditions to `uar_excluded`. */
export function excludeRows(
  side: 'a' | 'b',
  { where, show }: FoundColumns,
  keys: KeyExpressions,
  collation: FoldingCollation,
): RawBuilder<unknown> {
  const met = areMet(where[side], collation);
  const cells = filteredColumns(where[side]).map(
    ({ column, condition }) =>
      sql`${condition.column}::text || coalesce(' ''' || left(${sql.ref(`c${column}`)}, 60) || '''', ' without a value')`,
  );
  return sql`
    with gone as (
      delete from ${sql.table(`uar_${side}`)} where not (${met})
      returning row_no, ${keys[side]} as key, concat_ws(', ', ${sql.join(cells)}) as why, ${shownJson(show[side])} as shown
    )
    insert into uar_excluded select ${sql.lit(side)}, row_no, key, why, shown from gone`;
}

/** The columns that conditions read, each once. */
export function filteredColumns(conditions: readonly FoundCondition[]): readonly FoundCondition[] {
  return [...new Map(conditions.map((one) => [one.column, one])).values()];
}

/** `met`, a row for each of these rows of filtered cells, in their order. */
export function areSelected(
  conditions: readonly FoundCondition[],
  rows: readonly (readonly (string | null)[])[],
  collation: FoldingCollation,
): RawBuilder<{ met: boolean }> {
  const cells = filteredColumns(conditions).map(
    ({ column }, index) => sql`row.cells ->> ${sql.lit(index)} as ${sql.ref(`c${column}`)}`,
  );
  return sql<{ met: boolean }>`
    select ${areMet(conditions, collation)} as met
      from (select place, ${sql.join(cells)}
              from json_array_elements(${JSON.stringify(rows)}::json) with ordinality as row (cells, place)) r
     order by place`;
}

function areMet(conditions: readonly FoundCondition[], collation: FoldingCollation): RawBuilder<unknown> {
  return sql.join(
    conditions.map((one) => sql`(${isMet(one, collation)})`),
    sql` and `,
  );
}

/** boolean, never NULL. */
function isMet({ column, condition }: FoundCondition, collation: FoldingCollation): RawBuilder<unknown> {
  const cell = sql.ref(`c${column}`);
  const { trim, ignore_case: letterCase } = condition;
  const lenient = (text: RawBuilder<unknown>) =>
    leniently(text, { trim, accents: false, letterCase }, collation);
  const text = (value: string) => lenient(sql`${value}::text`);
  if (condition['='] !== undefined) return sql`coalesce(${lenient(cell)} = ${text(condition['='])}, false)`;
  if (condition['!='] !== undefined) return sql`${lenient(cell)} is distinct from ${text(condition['!='])}`;
  if (condition.in !== undefined)
    return sql`coalesce(${lenient(cell)} in (${sql.join(condition.in.map(text))}), false)`;
  if (condition.matches !== undefined) {
    const matches = letterCase ? sql`~*` : sql`~`;
    const trimmed = leniently(cell, { trim, accents: false, letterCase: false }, collation);
    return sql`coalesce(${trimmed} ${matches} ${condition.matches}::text, false)`;
  }
  const visible = sql`coalesce(${isVisible(cell)}, false)`;
  return condition.empty === true ? sql`not ${visible}` : visible;
}
