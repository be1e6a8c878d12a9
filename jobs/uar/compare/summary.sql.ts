import { type RawBuilder, sql } from 'kysely';
import { findingTypes } from '../finding-words.ts';
import type { FoundColumns } from './columns.ts';
import type { KeyExpressions } from './keys.sql.ts';
import type { ComparisonSettings } from './settings.ts';
import type { StagedSide } from './spec.ts';
import { sampleSize } from './summary.ts';

const size = sql.lit(sampleSize);

/** One row, one column `summary` (json): what `comparisonSummary` describes. */
export function summaryQuery(
  columns: FoundColumns,
  keys: KeyExpressions,
  staged: { readonly a: StagedSide; readonly b: StagedSide },
  sides: ComparisonSettings['sides'],
): RawBuilder<{ summary: unknown }> {
  const counts = findingTypes.map(
    (type) => sql`${sql.lit(type)}, count(*) filter (where finding_type = ${sql.lit(type)})`,
  );
  return sql<{ summary: unknown }>`
    select json_build_object(
      'rows', json_build_object('a', ${staged.a.rows}::bigint, 'b', ${staged.b.rows}::bigint),
      'excluded', json_build_object('a', ${excluded('a')}, 'b', ${excluded('b')}),
      'unreported', ${unreported(sides)},
      'compared', ${staged.a.rows}::bigint
                  - (select count(*) from uar_excluded where side = 'a')
                  - (select coalesce(sum(rows), 0) from uar_key where side = 'a' and key = '')
                  - (select count(*) from uar_duplicate where side = 'a')
                  - (select count(*) from uar_pair where tid_b is null),
      'findings', (select json_build_object(${sql.join(counts)}) from uar_result),
      'key_quality', json_build_object(
        'a', ${qualityOf('a', keys)},
        'b', ${qualityOf('b', keys)},
        'near_misses', ${nearMisses},
        'not_of_type', ${notOfType(columns)}
      )) as summary`;
}

function excluded(side: 'a' | 'b'): RawBuilder<unknown> {
  const rows = sql`uar_excluded where side = ${sql.lit(side)}`;
  return sql`json_build_object(
          'count', (select count(*) from ${rows}),
          'sample', (select coalesce(json_agg(json_build_object('row', row_no, 'key', key, 'why', why) order by row_no), '[]')
                       from (select * from ${rows} order by row_no limit ${size}) x))`;
}

/** Keys that only the side has that does not matter. */
function unreported(sides: ComparisonSettings['sides']): RawBuilder<unknown> {
  if (sides === 'both') return sql`0`;
  const [side, other] = sides === 'right' ? ['a', 'b'] : ['b', 'a'];
  return sql`(select count(*) from uar_pair where ${sql.ref(`tid_${other}`)} is null)
             + (select count(*) from uar_key k where k.side = ${sql.lit(side)} and k.key <> ''
                   and not exists (select from uar_duplicate d where d.side = ${sql.lit(other)} and d.key = k.key))`;
}

function qualityOf(side: 'a' | 'b', keys: KeyExpressions): RawBuilder<unknown> {
  const empty = sql`side = ${sql.lit(side)} and key = ''`;
  const duplicate = sql`side = ${sql.lit(side)} and key <> ''`;
  // The condition on uar_key is about no row: where it is false the rows are not read.
  return sql`json_build_object(
          'empty', json_build_object(
            'count', (select coalesce(sum(rows), 0) from uar_key where ${empty}),
            'sample_rows', (select coalesce(json_agg(row_no order by row_no), '[]')
                              from (select row_no from ${sql.table(`uar_${side}`)}
                                     where exists (select from uar_key where ${empty}) and coalesce(${keys[side]}, '') = ''
                                     order by row_no limit ${size}) r)),
          'duplicates', json_build_object(
            'keys', (select count(*) from uar_key where ${duplicate}),
            'rows', (select coalesce(sum(rows), 0) from uar_key where ${duplicate}),
            'sample', (select coalesce(json_agg(json_build_object('key', key, 'rows', rows) order by rows desc, key collate "C"), '[]')
                         from (select key, rows from uar_key where ${duplicate} order by rows desc, key collate "C" limit ${size}) d)))`;
}

/** Counted by look: what one look has on both sides is one near miss, however many spellings there are. */
const nearMisses = sql`(
          with near as materialized (
            select min(key collate "C") filter (where side = 'a') as key_a, min(key collate "C") filter (where side = 'b') as key_b
              from uar_near group by look
          )
          select json_build_object(
            'count', (select count(*) from near),
            'sample', (select coalesce(json_agg(json_build_object('key_a', key_a, 'key_b', key_b) order by key_a collate "C"), '[]')
                         from (select * from near order by key_a collate "C" limit ${size}) n)))`;

function notOfType({ mappings }: FoundColumns): RawBuilder<unknown> {
  const fieldsA = sql`${mappings.map(({ fieldA }) => fieldA)}::text[]`;
  const fieldsB = sql`${mappings.map(({ fieldB }) => fieldB)}::text[]`;
  const types = sql`${mappings.map(({ settings }) => settings.type ?? 'text')}::text[]`;
  const side = (name: 'a' | 'b', fields: RawBuilder<unknown>) => sql`
            select ${sql.lit(name)}::text as side, (${fields})[field] as name, (${types})[field] as type, field,
                   left(${sql.ref(`value_${name}`)} #>> '{}', 100) as value, tid_a
              from uar_difference where ${sql.ref(`not_of_type_${name}`)}`;
  return sql`(
          select coalesce(json_agg(json_build_object('side', side, 'field', name, 'type', type, 'count', count, 'sample', sample)
                                   order by side, field), '[]')
            from (select side, field, name, type, count(*) as count,
                         array_agg(distinct value) filter (where place <= ${size}) as sample
                    from (select *, row_number() over (partition by side, field order by value collate "C") as place
                            from (${side('a', fieldsA)} union all ${side('b', fieldsB)}) v) v
                   group by side, field, name, type) t)`;
}
