import { type RawBuilder, sql } from 'kysely';
import type { FoundColumns } from './columns.ts';
import { comparedKey } from './key.sql.ts';
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
): KeyExpressions {
  return {
    a: comparedKey(sql.ref(`c${keyA}`), settings, collation),
    b: comparedKey(sql.ref(`c${keyB}`), settings, collation),
  };
}

/** `uar_key (side, key, rows)`: the keys that cannot be compared, because they are empty or in several rows. Normally few. */
export function makeKeyTable(keys: KeyExpressions): RawBuilder<unknown> {
  const side = (name: 'a' | 'b') => sql`
    select ${sql.lit(name)}::text as side, key, count(*) as rows
      from (select ${keys[name]} as key from ${sql.table(`uar_${name}`)}) k
     group by key
    having count(*) > 1 or key is null or key = ''`;
  return sql`create temporary table uar_key on commit drop as ${side('a')} union all ${side('b')}`;
}

/** `uar_duplicate (side, key, row_no, tid)`: every row of either side whose key is in several rows of one of them. */
export function makeDuplicateTable(keys: KeyExpressions): RawBuilder<unknown> {
  const side = (name: 'a' | 'b') => sql`
    select ${sql.lit(name)}::text as side, key, row_no, tid
      from (select ${keys[name]} as key, row_no, ctid as tid from ${sql.table(`uar_${name}`)}) k
     where key in (select key from uar_key where key <> '')`;
  return sql`create temporary table uar_duplicate on commit drop as ${side('a')} union all ${side('b')}`;
}
