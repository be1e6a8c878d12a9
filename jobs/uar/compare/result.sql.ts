import { type RawBuilder, sql } from 'kysely';
import { type Severity, severityRank } from '../../../src/job/severity.ts';
import type { FoundColumns } from './columns.ts';
import { findingIdentity, rowsHash } from './identity.sql.ts';
import type { KeyExpressions } from './keys.sql.ts';
import type { SeveritySettings } from './settings.ts';
import { type ComparisonSpec, type StagedSide, stagedColumns } from './spec.ts';
import { listedDifferences } from './summary.ts';
import { isVisible } from './text.sql.ts';

/** How many rows of a duplicated key a finding holds. */
const listedRows = 20;

/** A row of a staging table as a JSON object, in the order of the source's columns. */
function rowAsJson(alias: 'a' | 'b', side: StagedSide): RawBuilder<unknown> {
  return objectOf(
    alias,
    stagedColumns(side).map((name, index) => ({ name, column: index + 1 })),
  );
}

/** The same without what is only shown: data that a finding is about. */
function dataAsJson(alias: 'a' | 'b', side: StagedSide, { show }: FoundColumns): RawBuilder<unknown> {
  const without = new Set(show[alias].filter(({ only }) => only).map(({ column }) => column));
  return objectOf(
    alias,
    stagedColumns(side)
      .map((name, index) => ({ name, column: index + 1 }))
      .filter(({ column }) => !without.has(column)),
  );
}

function objectOf(
  alias: 'a' | 'b',
  cells: readonly { readonly name: string; readonly column: number }[],
): RawBuilder<unknown> {
  const values = cells.map(({ column }) => sql.ref(`${alias}.c${column}`));
  return sql`json_object(${cells.map(({ name }) => name)}::text[], array[${sql.join(values)}]::text[])`;
}

/** What a finding shows of its rows, in words: ` (name 'Ann', last_login '2026-11-01')`; an empty text: nothing. */
function shownWords({ show }: FoundColumns, sides: readonly ('a' | 'b')[]): RawBuilder<unknown> {
  const names = [...new Set(sides.flatMap((side) => show[side].map(({ name }) => name)))];
  if (names.length === 0) return sql`''`;
  const words = names.map((name) => {
    const cells = sides.flatMap((side) =>
      show[side].filter((one) => one.name === name).map(({ column }) => sql.ref(`${side}.c${column}`)),
    );
    return sql`${name}::text || ' ''' || left(coalesce(${sql.join(cells)}), 60) || ''''`;
  });
  return sql`coalesce(' (' || nullif(concat_ws(', ', ${sql.join(words)}), '') || ')', '')`;
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
  keys: KeyExpressions,
  a: StagedSide,
  b: StagedSide,
): RawBuilder<unknown> {
  const { severity, sides } = spec.settings;
  const alone = [
    ...(sides === 'right' ? [] : [oneSided('a', a, columns, severity.left_only)]),
    ...(sides === 'left' ? [] : [oneSided('b', b, columns, severity.right_only)]),
  ];
  return sql`
    create temporary table uar_result on commit drop as
    with ${explained(columns)},
    ${counterparts},
    ${duplicated(columns, a, b)},
    finding (finding_type, key_text, severity, raw_data_a, raw_data_b, differences, description, data_hash) as (
      ${sql.join(alone, sql` union all `)}
      union all
      select 'Mismatch', p.key, case when e.privileged then ${severity.privileged} else ${severity.mismatch} end,
             raw.a, raw.b, e.differences, e.description || raw.shown, ${rowsHash(sql`raw.data_a`, sql`raw.data_b`)}
        from explained e
        join uar_pair p on p.tid_a = e.tid_a
        join uar_a a on a.ctid = p.tid_a
        join uar_b b on b.ctid = p.tid_b
       cross join lateral (select ${rowAsJson('a', a)} as a, ${rowAsJson('b', b)} as b, ${shownWords(columns, ['a', 'b'])} as shown,
                                  ${dataAsJson('a', a, columns)} as data_a, ${dataAsJson('b', b, columns)} as data_b ${once}) raw
      union all
      ${duplicates('a', severity, sides !== 'right')}
      union all
      ${duplicates('b', severity, sides !== 'left')}
      ${sides === 'left' ? sql`` : sql`union all ${withoutKey(spec, columns, keys, b)}`}
    )
    select finding_type::text, key_text::text, severity::text, raw_data_a::json, raw_data_b::json, differences::json, description::text,
           data_hash::bytea, ${findingIdentity(spec.comparisonId, sql`finding_type`, sql`key_text`)} as identity
      from finding order by identity`;
}

/** CTE `counterpart` and `lookalike`: what the other side has instead of a key that it lacks, in words. */
const counterparts = sql`
    counterpart as materialized (
      select side, key,
             format('%s has it in %s, which the filter excludes (%s%s).', upper(side),
                    case count(*) when 1 then 'row ' || min(row_no) else count(*) || ' rows' end, min(why),
                    case count(distinct why) when 1 then '' else ', …' end) as words
        from uar_excluded where key is not null group by side, key
    ),
    lookalike as (
      select side, key, format('%s has ''%s'', which looks the same.', case side when 'a' then 'B' else 'A' end, left(other, 60)) as words
        from uar_near
    )`;

function oneSided(
  side: 'a' | 'b',
  staged: StagedSide,
  columns: FoundColumns,
  severity: Severity,
): RawBuilder<unknown> {
  const [type, description] =
    side === 'a'
      ? ['Left Only (A)', 'Only in A: no row of B has this key.']
      : ['Right Only (B)', 'Only in B: no row of A has this key.'];
  const other = side === 'a' ? 'b' : 'a';
  const here = sql.ref(`p.tid_${side}`);
  const elsewhere = sql.ref(`p.tid_${other}`);
  const none = sql`null::json`;
  const [rawA, rawB] = side === 'a' ? [sql`raw.row`, none] : [none, sql`raw.row`];
  return sql`
      select ${sql.lit(type)}, p.key, ${severity}, ${rawA}, ${rawB}, null::json,
             ${description} || coalesce(' ' || x.words, '') || coalesce(' ' || n.words, '') || raw.shown,
             ${side === 'a' ? rowsHash(sql`raw.data`, none) : rowsHash(none, sql`raw.data`)}
        from uar_pair p
        join ${sql.table(`uar_${side}`)} ${sql.ref(side)} on ${sql.ref(`${side}.ctid`)} = ${here}
        left join counterpart x on x.side = ${sql.lit(other)} and x.key = p.key
        left join lookalike n on n.side = ${sql.lit(side)} and n.key = p.key
       cross join lateral (select ${rowAsJson(side, staged)} as row, ${shownWords(columns, [side])} as shown,
                                  ${dataAsJson(side, staged, columns)} as data ${once}) raw
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

const content = sql`encode(sha256(convert_to(data::jsonb::text, 'UTF8')), 'hex')`;
/** Of all rows of a group, in whatever order they come. */
const contentHash = sql`sha256(convert_to(string_agg(${content}, ',' order by ${content} collate "C"), 'UTF8'))`;

/** CTE `duplicated`: a row a side and key that is there several times. */
function duplicated(columns: FoundColumns, a: StagedSide, b: StagedSide): RawBuilder<unknown> {
  return sql`
    duplicate_row as (
      select d.side, d.key, d.row_no, ${rowAsJson('a', a)} as row, ${dataAsJson('a', a, columns)} as data from uar_duplicate d join uar_a a on a.ctid = d.tid where d.side = 'a'
      union all
      select d.side, d.key, d.row_no, ${rowAsJson('b', b)}, ${dataAsJson('b', b, columns)} from uar_duplicate d join uar_b b on b.ctid = d.tid where d.side = 'b'
    ),
    duplicate_of_side as (
      select side, key, count(*) as rows, json_agg(row order by row_no) filter (where place <= ${sql.lit(listedRows)}) as listed,
             ${contentHash} as data_hash
        from (select *, row_number() over (partition by side, key order by row_no) as place from duplicate_row) r
       group by side, key
    ),
    duplicated as materialized (
      select *, sum(rows) over (partition by key) - rows as elsewhere from duplicate_of_side
    )`;
}

/** @param reportedAlone whether a key of the side is a finding that the other side lacks */
function duplicates(
  side: 'a' | 'b',
  severity: SeveritySettings,
  reportedAlone: boolean,
): RawBuilder<unknown> {
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
       where side = ${sql.lit(side)} and rows > 1${reportedAlone ? sql`` : sql` and elsewhere > 0`}`;
}

/** Rows of B without a key: one finding for all that have the same label. */
function withoutKey(
  { keyB, settings }: ComparisonSpec,
  columns: FoundColumns,
  keys: KeyExpressions,
  b: StagedSide,
): RawBuilder<unknown> {
  const { label } = columns;
  const nameless = '(without a label)';
  const name =
    label === null
      ? sql`${nameless}::text`
      : sql`case when ${isVisible(sql.ref(`b.c${label.column}`))} then ${sql.ref(`b.c${label.column}`)} else ${nameless}::text end`;
  return sql`
      select 'No Key (B)', key, ${settings.severity.no_key}, null::json,
             case count(*) when 1 then (json_agg(row) -> 0)
                  else json_build_object('count', count(*), 'rows', json_agg(row order by row_no) filter (where place <= ${sql.lit(listedRows)})) end,
             null::json,
             format('%s of B without %s, which identifies a row; not compared.',
                    case count(*) when 1 then 'A row' else count(*) || ' rows' end, ${keyB}::text)
               || case count(*) when 1 then min(shown) else '' end,
             ${contentHash}
        from (select key, row_no, row, data, shown, row_number() over (partition by key order by row_no) as place
                from (select ${name} as key, b.row_no, ${rowAsJson('b', b)} as row, ${dataAsJson('b', b, columns)} as data,
                             ${shownWords(columns, ['b'])} as shown
                        from uar_b b
                       where exists (select from uar_key where side = 'b' and key = '') and coalesce(${keys.b}, '') = '') r) unkeyed
       group by key`;
}
