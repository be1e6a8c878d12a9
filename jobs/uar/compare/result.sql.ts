import { type RawBuilder, sql } from 'kysely';
import { type Severity, severityRank } from '../../../src/job/severity.ts';
import type { FoundColumns } from './columns.ts';
import { findingIdentity, rowsHash } from './identity.sql.ts';
import type { SeveritySettings } from './settings.ts';
import type { ComparisonSpec, StagedSide } from './spec.ts';
import { listedDifferences } from './summary.ts';

/** How many rows of a duplicated key a finding holds. */
const listedRows = 20;

/** A row of a staging table as a JSON object, in the order of the source's columns. */
function rowAsJson(alias: 'a' | 'b', { columns }: StagedSide): RawBuilder<unknown> {
  const values = columns.map((_, index) => sql.ref(`${alias}.c${index + 1}`));
  return sql`json_object(${columns}::text[], array[${sql.join(values)}]::text[])`;
}

/** Keeps PostgreSQL from making the same JSON again wherever it is used. */
const once = sql`offset 0`;

function worse(one: Severity, other: Severity): Severity {
  return severityRank(one) < severityRank(other) ? one : other;
}

/**
 * `uar_result`: one row a finding. `raw_data_a`, `raw_data_b` and `differences` are json, which keeps the order of the source's columns;
 * the side that a finding is not about is SQL's null. In the order of their identities, in which indexes of what is stored are filled
 * fastest.
 */
export function makeResultTable(
  spec: ComparisonSpec,
  columns: FoundColumns,
  a: StagedSide,
  b: StagedSide,
): RawBuilder<unknown> {
  const { severity } = spec.settings;
  return sql`
    create temporary table uar_result on commit drop as
    with ${explained(columns)},
    ${duplicated(a, b)},
    finding (finding_type, key_text, severity, raw_data_a, raw_data_b, differences, description, data_hash) as (
      ${oneSided('a', a, severity.left_only)}
      union all
      ${oneSided('b', b, severity.right_only)}
      union all
      select 'Mismatch', p.key, case when e.privileged then ${severity.privileged} else ${severity.mismatch} end,
             raw.a, raw.b, e.differences, e.description, ${rowsHash(sql`raw.a`, sql`raw.b`)}
        from explained e
        join uar_pair p on p.tid_a = e.tid_a
        join uar_a a on a.ctid = p.tid_a
        join uar_b b on b.ctid = p.tid_b
       cross join lateral (select ${rowAsJson('a', a)} as a, ${rowAsJson('b', b)} as b ${once}) raw
      union all
      ${duplicates('a', severity)}
      union all
      ${duplicates('b', severity)}
    )
    select finding_type::text, key_text::text, severity::text, raw_data_a::json, raw_data_b::json, differences::json, description::text,
           data_hash::bytea, ${findingIdentity(spec.comparisonId, sql`finding_type`, sql`key_text`)} as identity
      from finding order by identity`;
}

function oneSided(side: 'a' | 'b', staged: StagedSide, severity: Severity): RawBuilder<unknown> {
  const [type, description] =
    side === 'a'
      ? ['Left Only (A)', 'Only in A: no row of B has this key.']
      : ['Right Only (B)', 'Only in B: no row of A has this key.'];
  const here = sql.ref(`p.tid_${side}`);
  const elsewhere = sql.ref(`p.tid_${side === 'a' ? 'b' : 'a'}`);
  const none = sql`null::json`;
  const [rawA, rawB] = side === 'a' ? [sql`raw.row`, none] : [none, sql`raw.row`];
  return sql`
      select ${sql.lit(type)}, p.key, ${severity}, ${rawA}, ${rawB}, null::json, ${sql.lit(description)}, ${rowsHash(rawA, rawB)}
        from uar_pair p
        join ${sql.table(`uar_${side}`)} ${sql.ref(side)} on ${sql.ref(`${side}.ctid`)} = ${here}
       cross join lateral (select ${rowAsJson(side, staged)} as row ${once}) raw
       where ${elsewhere} is null`;
}

/** A value as a sentence shows it. */
const shown = (column: string) => {
  const text = sql`${sql.ref(column)} #>> '{}'`;
  return sql`case when ${sql.ref(column)} is null then 'nothing' when ${text} is null then 'null'
                  else '''' || left(${text}, 60) || case when length(${text}) > 60 then '…' else '' end || '''' end`;
};

/** CTE `explained`: a row a pair that differs, with its differences as JSON and in words. */
function explained({ mappings }: FoundColumns): RawBuilder<unknown> {
  const nameA = sql`(${mappings.map(({ fieldA }) => fieldA)}::text[])[d.field]`;
  const nameB = sql`(${mappings.map(({ fieldB }) => fieldB)}::text[])[d.field]`;
  const privileged = sql`(${mappings.map(({ settings }) => settings.privileged)}::boolean[])[d.field]`;
  const last = sql.lit(listedDifferences + 1);
  return sql`
    numbered as (
      select d.*, ${nameA} as field_a, ${nameB} as field_b, ${privileged} as privileged,
             row_number() over pair as number, count(*) over (partition by tid_a) - ${sql.lit(listedDifferences)} as further
        from uar_difference d
      window pair as (partition by tid_a order by field, place collate "C", kind)
    ),
    explained as materialized (
      select tid_a, bool_or(privileged) as privileged,
             json_agg(case when number < ${last}
                        then json_build_object('field_a', field_a, 'field_b', field_b, 'path', path,
                                               'value_a', value_a, 'value_b', value_b, 'kind', kind)
                        else json_build_object('field_a', field_a, 'field_b', field_b, 'path', '',
                                               'value_a', further, 'value_b', null, 'kind', 'more') end
                      order by number) filter (where number <= ${last}) as differences,
             string_agg(case when number = 4 then 'and more'
                          else field_a || case when path = '' then '' else ' at ' || left(path, 60) end || ': '
                               || ${shown('value_a')} || ' in A, ' || ${shown('value_b')} || ' in B' end,
                        '; ' order by number) filter (where number <= 4) || '.' as description
        from numbered
       group by tid_a
    )`;
}

/** CTE `duplicated`: a row a side and key that is there several times. */
function duplicated(a: StagedSide, b: StagedSide): RawBuilder<unknown> {
  const content = sql`encode(sha256(convert_to(row::jsonb::text, 'UTF8')), 'hex')`;
  return sql`
    duplicate_row as (
      select d.side, d.key, d.row_no, ${rowAsJson('a', a)} as row from uar_duplicate d join uar_a a on a.ctid = d.tid where d.side = 'a'
      union all
      select d.side, d.key, d.row_no, ${rowAsJson('b', b)} from uar_duplicate d join uar_b b on b.ctid = d.tid where d.side = 'b'
    ),
    duplicate_of_side as (
      select side, key, count(*) as rows, json_agg(row order by row_no) filter (where place <= ${sql.lit(listedRows)}) as listed,
             -- Of all rows, in whatever order they come.
             sha256(convert_to(string_agg(${content}, ',' order by ${content} collate "C"), 'UTF8')) as data_hash
        from (select *, row_number() over (partition by side, key order by row_no) as place from duplicate_row) r
       group by side, key
    ),
    duplicated as materialized (
      select *, sum(rows) over (partition by key) - rows as elsewhere from duplicate_of_side
    )`;
}

function duplicates(side: 'a' | 'b', severity: SeveritySettings): RawBuilder<unknown> {
  const [name, other] = side === 'a' ? ['A', 'B'] : ['B', 'A'];
  const alone = worse(severity.duplicate, side === 'a' ? severity.left_only : severity.right_only);
  const raw = sql`json_build_object('count', rows, 'rows', listed)`;
  const none = sql`null::json`;
  const words = sql`format('The key is in %s rows of %s and in %s of %s; they are not compared.', rows, ${sql.lit(name)}::text,
                     case elsewhere when 0 then 'none' else elsewhere::text end, ${sql.lit(other)}::text)`;
  return sql`
      select ${sql.lit(`Duplicate Key (${name})`)}, key, case elsewhere when 0 then ${alone} else ${severity.duplicate} end,
             ${side === 'a' ? raw : none}, ${side === 'a' ? none : raw}, null::json, ${words}, data_hash
        from duplicated
       where side = ${sql.lit(side)} and rows > 1`;
}
