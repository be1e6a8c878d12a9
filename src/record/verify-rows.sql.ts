import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/tables.ts';
import { isErased, personHash, type RecordTable, rowHash, segmentHash } from './parts.ts';

/** A row that is not as a head saw it. */
export interface RowFinding {
  readonly table: string;
  readonly key: string;
  readonly head: number;
  readonly problem: 'row_missing' | 'row_altered';
}

export interface RowsVerification {
  readonly rows: number;
  /** Of them, those that data-retention removed, by its manifests. */
  readonly removed: number;
  /** Of them, those without what identified a person. */
  readonly erased: number;
  readonly findings: readonly RowFinding[];
}

/** More of one table are counted, not listed. */
const listed = 100;

/** Whether an unchanged manifest names the missing row of `r`: by its own key, or by that of the row that it went with. */
function namedByManifest({ table, parent }: RecordTable): RawBuilder<boolean> {
  const key = parent === undefined ? sql`r.row_key` : sql`r.parent_key`;
  const among =
    parent?.moves === true
      ? sql`upper((m.document ->> 'keys')::int8multirange) > ${key}::bigint`
      : sql`case when json_typeof(m.document -> 'keys') = 'array'
                 then ${key} in (select json_array_elements_text(m.document -> 'keys'))
                 else ${key} ~ '^-?[0-9]{1,18}$' and ${key}::bigint <@ (m.document ->> 'keys')::int8multirange end`;
  return sql<boolean>`exists (
    select from opsdeck_jobs.archive_manifest m
     where m.table_name = ${parent?.table ?? table}::text and m.document ->> 'action' in ('archive_then_delete', 'delete')
       and m.content_hash = sha256(convert_to(m.document::text, 'UTF8')) and m.chain_hash = sha256(m.previous_hash || m.content_hash)
       and (m.document -> 'tables')::jsonb @> jsonb_build_array(jsonb_build_object('name', ${table}::text))
       and ${among})`;
}

/** One statement: the rows of a table that heads up to `head` have seen, each compared with what it is now. */
export async function verifyRows(
  db: Kysely<Database>,
  table: RecordTable,
  head: number,
): Promise<RowsVerification> {
  const key = sql.ref(`t.${table.key}`);
  const { rows } = await sql<{
    rows: number;
    removed: number;
    erased: number;
    key: string | null;
    head: number | null;
    problem: RowFinding['problem'] | null;
  }>`
    with seen as materialized (
      select r.row_key, r.head, ${key} is null as missing, r.salt is null as erased,
             ${key} is null and ${namedByManifest(table)} as removed,
             ${key} is not null and (${rowHash(table)} <> r.row_hash
               or case when r.salt is null then not ${isErased(table)}
                       else ${personHash(table, sql`r.salt`)} <> r.person_hash end) as altered
        from opsdeck_jobs.record_row r
        left join ${sql.table(table.table)} t on ${key}::text = r.row_key
       where r.table_name = ${table.table}::text and r.head <= ${head}::int
    ), found as (
      select row_key, head, case when missing then 'row_missing' else 'row_altered' end as problem
        from seen where missing and not removed or altered
       order by head, row_key limit ${sql.lit(listed)}
    )
    select c.*, f.row_key as key, f.head, f.problem
      from (select count(*)::int as rows, (count(*) filter (where removed))::int as removed,
                   (count(*) filter (where erased))::int as erased from seen) c
      left join found f on true order by f.head, f.row_key`.execute(db);
  return {
    rows: rows[0]?.rows ?? 0,
    removed: rows[0]?.removed ?? 0,
    erased: rows[0]?.erased ?? 0,
    findings: rows.flatMap(({ key: found, head: at, problem }): RowFinding[] =>
      found === null || at === null || problem === null
        ? []
        : [{ table: table.table, key: found, head: at, problem }],
    ),
  };
}

/** What a head added of a table. */
export interface Segment {
  readonly head: number;
  readonly table_name: string;
  readonly count: number;
  readonly hash: string;
}

/** One statement: what the heads from one to another added, by what `record_row` has now. */
export async function readSegments(
  db: Kysely<Database>,
  first: number,
  last: number,
): Promise<readonly Segment[]> {
  const { rows } = await sql<Segment>`
    select head, table_name, count(*)::int as count, ${segmentHash} as hash
      from opsdeck_jobs.record_row where head between ${first}::int and ${last}::int
     group by head, table_name`.execute(db);
  return rows;
}
