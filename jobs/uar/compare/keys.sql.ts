import { type RawBuilder, sql } from 'kysely';
import type { FoundColumns } from './columns.ts';
import { comparedKey, visibleKey } from './key.sql.ts';
import type { KeySettings } from './settings.ts';
import type { FoldingCollation } from './text.sql.ts';

/** Expressions for the keys of both sides, over the columns of the staging tables without a name in front. */
export interface KeyExpressions {
  readonly a: RawBuilder<unknown>;
  readonly b: RawBuilder<unknown>;
}

export function keyExpressions(
  { keyA, keyB }: FoundColumns,
  settings: KeySettings,
  collation: FoldingCollation,
  /** Sides where no row is without a key. */
  keyed: { readonly a: boolean; readonly b: boolean } = { a: false, b: false },
): KeyExpressions {
  const key = (side: 'a' | 'b', column: number) =>
    (keyed[side] ? visibleKey : comparedKey)(sql.ref(`c${column}`), settings, collation);
  return { a: key('a', keyA), b: key('b', keyB) };
}

/**
 * `uar_key (side, key, rows)`: the keys that cannot be compared, because they are in several rows of a side, or empty (all of them as one
 * empty text). Normally few: so numbers are sorted first, a hash of each key, and only keys whose hash is there twice are looked at;
 * gathering the keys themselves takes three times as long.
 */
export function makeKeyTable(keys: KeyExpressions): RawBuilder<unknown> {
  const hash = sql`hashtextextended(nullif(key, ''), 0)`;
  const side = (name: 'a' | 'b') => {
    const keyed = sql`(select ${keys[name]} as key from ${sql.table(`uar_${name}`)})`;
    const suspect = sql.id(`suspect_${name}`);
    return {
      suspect: sql`${suspect} as materialized (
      select hash, count(*) as rows from (select ${hash} as hash from ${keyed} k order by 1) h group by hash having count(*) > 1 or hash is null
    )`,
      rows: sql`
    select ${sql.lit(name)}::text as side, '' as key, rows from ${suspect} where hash is null
     union all
    select ${sql.lit(name)}, key, count(*)
      from ${keyed} k
     where ${hash} in (select hash from ${suspect} where hash is not null)
     group by key
    having count(*) > 1`,
    };
  };
  const [a, b] = [side('a'), side('b')];
  return sql`
    create temporary table uar_key on commit drop as
    with ${a.suspect}, ${b.suspect}
    ${a.rows}
     union all
    ${b.rows}`;
}

/** `uar_duplicate (side, key, row_no, tid)`: every row of either side whose key is in several rows of one of them. */
export function makeDuplicateTable(keys: KeyExpressions): RawBuilder<unknown> {
  const side = (name: 'a' | 'b') => sql`
    select ${sql.lit(name)}::text as side, key, row_no, tid
      from (select ${keys[name]} as key, row_no, ctid as tid from ${sql.table(`uar_${name}`)}) k
     where key in (select key from uar_key where key <> '')`;
  return sql`create temporary table uar_duplicate on commit drop as ${side('a')} union all ${side('b')}`;
}
