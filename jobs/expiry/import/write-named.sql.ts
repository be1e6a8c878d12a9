import { type RawBuilder, sql } from 'kysely';
import { staged } from '../../../src/import/staging.ts';

/** One column of a table whose rows the file names, and what an import writes into it. */
export interface NamedColumn {
  readonly into: string;
  /** The value of the file: an expression over the staged row `m`. */
  readonly value: RawBuilder<unknown>;
  /** A row that exists keeps what it has: where the value is null, or where the file does not have the column at all. */
  readonly kept?: 'where null' | 'where absent';
  /** The value of a new row where the file has none. Default: null. */
  readonly initial?: RawBuilder<unknown>;
}

/** Where the rows go, and as what. */
export interface NamedTable {
  readonly table: 'license' | 'subscription';
  readonly columns: readonly NamedColumn[];
  /** What only a new row is given: column and value. */
  readonly initial: Readonly<Record<string, RawBuilder<unknown>>>;
  /** What a changed row is given beside the columns. */
  readonly changed?: Readonly<Record<string, RawBuilder<unknown>>>;
}

/**
 * Writes the staged rows into a table by their name, with the user of `owner_email` as `m.owner_id`: changes the rows that differ, and
 * adds those that do not exist. Ends in `added` and `changed`, sets of ids.
 */
export function writeNamed({ table, columns, initial, changed = {} }: NamedTable): RawBuilder<unknown> {
  const own = ({ into }: NamedColumn) => sql`x.${sql.id(into)}`;
  const wanted = (column: NamedColumn) => {
    if (column.kept === 'where null') return sql`coalesce(${column.value}, ${own(column)})`;
    return column.kept === 'where absent' ? own(column) : column.value;
  };
  const first = ({ value, initial }: NamedColumn) =>
    initial === undefined ? value : sql`coalesce(${value}, ${initial})`;
  const set = [
    ...columns.map(({ into }) => sql`${sql.id(into)} = w.${sql.id(into)}`),
    ...Object.entries(changed).map(([into, value]) => sql`${sql.id(into)} = ${value}`),
  ];
  return sql`
    with matched as (
      select s.*, x.id as stored_id, u.id as owner_id
        from ${staged} s
        left join ${sql.table(table)} x on x.name = s.name
        left join "user" u on lower(u.email) = lower(s.owner_email)
    ), wanted as (
      select x.id, ${sql.join(columns.map((column) => sql`${wanted(column)} as ${sql.id(column.into)}`))}
        from matched m join ${sql.table(table)} x on x.id = m.stored_id
    ), changed as (
      update ${sql.table(table)} x
         set ${sql.join(set)}
        from wanted w
       where x.id = w.id
         and (${sql.join(columns.map(own))}) is distinct from (${sql.join(columns.map(({ into }) => sql`w.${sql.id(into)}`))})
      returning x.id
    ), added as (
      insert into ${sql.table(table)}
        (name, ${sql.join([...columns.map(({ into }) => into), ...Object.keys(initial)].map((name) => sql.id(name)))})
      select m.name, ${sql.join([...columns.map(first), ...Object.values(initial)])}
        from matched m where m.stored_id is null order by m.line
      returning id
    )`;
}
