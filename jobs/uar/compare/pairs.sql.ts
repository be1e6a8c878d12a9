import { type RawBuilder, sql } from 'kysely';
import type { FoundColumns } from './columns.ts';
import { type ComparedField, comparedField } from './field.sql.ts';
import type { KeyExpressions } from './keys.sql.ts';
import { type FoldingCollation, lookOf } from './text.sql.ts';

/** The mapped fields, over the columns of `a` and `b`. */
export function comparedFields(
  { mappings }: FoundColumns,
  collation: FoldingCollation,
): readonly ComparedField[] {
  return mappings.map(({ columnA, columnB, settings }) =>
    comparedField(sql.ref(`a.c${columnA}`), sql.ref(`b.c${columnB}`), settings, collation),
  );
}

/**
 * `uar_pair (key, tid_a, tid_b)`: rows that have no partner, and pairs that differ. The one full join: it carries the key, the mapped
 * columns and where the rows are, and of what is equal it keeps nothing.
 */
export function makePairTable(
  columns: FoundColumns,
  keys: KeyExpressions,
  fields: readonly ComparedField[],
): RawBuilder<unknown> {
  const side = (name: 'a' | 'b') => {
    const numbers = columns.mappings.map((mapping) => (name === 'a' ? mapping.columnA : mapping.columnB));
    const carried = [...new Set(numbers)].map((number) => sql`, ${sql.ref(`c${number}`)}`);
    return sql`
      (select * from (select ctid as tid, ${keys[name]} as key${sql.join(carried, sql``)} from ${sql.table(`uar_${name}`)}) k
        where key is not null and not exists (select from uar_key u where u.key = k.key)) ${sql.ref(name)}`;
  };
  const differ = fields.map(({ differs }) => sql` or ${differs}`);
  return sql`
    create temporary table uar_pair on commit drop as
    select coalesce(a.key, b.key) as key, a.tid as tid_a, b.tid as tid_b
      from ${side('a')}
      full join ${side('b')} on b.key = a.key
     where a.key is null or b.key is null${sql.join(differ, sql``)}`;
}

/** `uar_near (look, side, key, other)`: keys without a partner, and the first one of the other side that looks the same. */
export function makeNearTable(collation: FoldingCollation): RawBuilder<unknown> {
  const first = (side: 'a' | 'b') => sql`
      (select look, min(key collate "C") as key from looked where side = ${sql.lit(side)} group by look)`;
  return sql`
    create temporary table uar_near on commit drop as
    with looked as materialized (
      select case when tid_b is null then 'a' else 'b' end as side, key, ${lookOf(sql.ref('key'), collation)} as look
        from uar_pair where tid_a is null or tid_b is null
    )
    select l.look, l.side, l.key, case l.side when 'a' then b.key else a.key end as other
      from looked l join ${first('a')} a using (look) join ${first('b')} b using (look)`;
}
