import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../batch/line.sql.ts';
import { findKnownTable } from './known-tables.ts';
import type { IncomingKey } from './table-shape.sql.ts';
import { type RelatedTarget, relatedFrom, rootKey, type Target } from './target.ts';

/** Rows of another table that keep those of this one. */
export interface Reference {
  readonly table: string;
  readonly exists: RawBuilder<boolean>;
}

/** Whatever points to the row, or to one that goes with it, and does not go with it itself. */
export function referencesTo(target: Target): readonly Reference[] {
  if (target.policy.action === 'archive_only' || target.policy.action === 'anonymise') return [];
  const goesAlong = ({ table, columns }: IncomingKey, parent: string) =>
    target.related.some(
      ({ chain: [own] }) =>
        own?.table === table && own.parent === parent && columns.length === 1 && columns[0] === own.column,
    );
  const on = (key: IncomingKey, alias: string) =>
    sql.join(
      key.columns.map(
        (name, index) => sql`x.${sql.id(name)} = ${columnRef(alias, key.targets[index] ?? '')}`,
      ),
      sql` and `,
    );
  const own = target.shape.incoming
    .filter((key) => !goesAlong(key, target.policy.table))
    .map((key) => ({
      table: key.table,
      exists: sql<boolean>`exists (select from ${tableRef(key.table)} x where ${on(key, 't')})`,
    }));
  const ofRelated = target.related.flatMap((related: RelatedTarget) => {
    const { alias, from, root } = relatedFrom(related);
    return related.shape.incoming
      .filter((key) => !goesAlong(key, related.shape.table))
      .map((key) => ({
        table: key.table,
        exists: sql<boolean>`exists (select from ${from} join ${tableRef(key.table)} x on ${on(key, alias)}
                                      where ${root} = ${rootKey(target)})`,
      }));
  });
  return [...own, ...ofRelated, ...softReferences(target)];
}

/** Rows that belong to the row, do not go along, and have no foreign key that would say so. */
function softReferences(target: Target): readonly Reference[] {
  const { table, related } = target.policy;
  const parents = [
    { name: table, incoming: target.shape.incoming, from: undefined },
    ...target.related.map((one) => ({
      name: one.shape.table,
      incoming: one.shape.incoming,
      from: relatedFrom(one),
    })),
  ];
  const staying = (findKnownTable(table)?.related ?? []).filter((known) => !related.includes(known));
  return staying.flatMap((known) => {
    const parent = parents.find(({ name }) => name === known.parent);
    // With a foreign key it is among the others.
    if (parent === undefined || parent.incoming.some((key) => key.table === known.table)) return [];
    const belongs = sql`x.${sql.id(known.column)} = ${columnRef(parent.from?.alias ?? 't', known.parentColumn)}`;
    const exists =
      parent.from === undefined
        ? sql<boolean>`exists (select from ${tableRef(known.table)} x where ${belongs})`
        : sql<boolean>`exists (select from ${parent.from.from} join ${tableRef(known.table)} x on ${belongs}
                                where ${parent.from.root} = ${rootKey(target)})`;
    return [{ table: known.table, exists }];
  });
}
