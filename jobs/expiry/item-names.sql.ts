import { type Kysely, type RawBuilder, sql } from 'kysely';
import { type Columns, readableColumns } from '../../src/db/readable-columns.ts';
import type { Database } from '../../src/db/tables.ts';
import { tableOf } from '../../src/records/record-kind.ts';
import { type ItemKind, tables } from './item.ts';

/** A query for `id` and `name` of all items of a kind, whatever their state. */
export function namesOf(kind: ItemKind): RawBuilder<unknown> {
  switch (kind) {
    case 'training':
      return sql`select a.id, c.title as name from public.course_assignment a join public.course c on c.id = a.course_id`;
    case 'risk':
      return sql`select id, left(regexp_replace(btrim(risk_description), '\\s+', ' ', 'g'), 100) as name from public.risk`;
    case 'request':
    case 'policy':
      return sql`select id, title as name from ${tableOf(tables[kind])}`;
    default:
      return sql`select id, name from ${tableOf(tables[kind])}`;
  }
}

function columnsOf(kind: ItemKind): Columns {
  switch (kind) {
    case 'training':
      return { course_assignment: ['id', 'course_id'], course: ['id', 'title'] };
    case 'risk':
      return { risk: ['id', 'risk_description'] };
    case 'request':
    case 'policy':
      return { [tables[kind]]: ['id', 'title'] };
    default:
      return { [tables[kind]]: ['id', 'name'] };
  }
}

/** One statement: those of the kinds whose names this role may read in this database. */
export async function readableKinds(
  db: Kysely<Database>,
  kinds: readonly ItemKind[],
): Promise<readonly ItemKind[]> {
  const isReadable = await readableColumns(db, kinds.map(columnsOf));
  return kinds.filter((kind) =>
    Object.entries(columnsOf(kind)).every(([table, columns]) => isReadable(table, columns)),
  );
}

/** One statement, and one for each kind: the names of these items, by `kind id`. */
export async function readItemNames(
  db: Kysely<Database>,
  items: readonly { readonly kind: ItemKind; readonly id: number }[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  if (items.length === 0) return names;
  const kinds = await readableKinds(db, [...new Set(items.map(({ kind }) => kind))]);
  for (const kind of kinds) {
    const ids = [...new Set(items.filter((item) => item.kind === kind).map(({ id }) => id))];
    const { rows } = await sql<{ id: number; name: string }>`
      select id, name from (${namesOf(kind)}) named where id = any (${ids}::integer[])`.execute(db);
    for (const { id, name } of rows) names.set(`${kind} ${id}`, name);
  }
  return names;
}
