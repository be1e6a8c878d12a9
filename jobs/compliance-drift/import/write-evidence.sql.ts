import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { ImportStamp } from '../../../src/import/csv-kind.ts';
import { staged } from '../../../src/import/staging.ts';
import type { EvidenceTable } from './evidence-tables.sql.ts';

/** The rows of `e` that were performed on the day of the staged row `s`. */
function isSameDay(
  { performed: { column, type } }: EvidenceTable,
  { zone, storedZone }: Pick<ImportStamp, 'zone' | 'storedZone'>,
): RawBuilder<boolean> {
  return type === 'date'
    ? sql<boolean>`${column} = s.performed`
    : sql<boolean>`(${column} at time zone ${storedZone}::text at time zone ${zone}::text)::date = s.performed`;
}

/** Creates what the rows of a kind belong to and is missing; gives its names. */
export async function createParents(
  trx: Transaction<Database>,
  kind: string,
  { parent }: EvidenceTable,
  { now }: ImportStamp,
): Promise<readonly string[]> {
  if (parent?.create === undefined) return [];
  const values = { name: sql`s.name`, created_at: now, ...parent.create };
  const { rows } = await sql<{ name: string }>`
    insert into ${sql.table(parent.table)} (${sql.join(Object.keys(values).map((column) => sql.id(column)))})
    select ${sql.join(Object.values(values))} from ${staged} s
     where s.kind = ${kind}::text and not exists (select from ${sql.table(parent.table)} p where ${parent.match})
     group by s.name order by min(s.line)
    returning name`.execute(trx);
  return rows.map(({ name }) => name);
}

/** Rows by their ids. */
export interface WrittenEvidence {
  readonly added: readonly number[];
  readonly changed: readonly number[];
}

/** One statement: the rows of one kind. What the file leaves out keeps its value. */
export async function writeEvidence(
  trx: Transaction<Database>,
  kind: string,
  table: EvidenceTable,
  stamp: ImportStamp,
): Promise<WrittenEvidence> {
  const { now, columns, storedZone, actor } = stamp;
  const { parent, person, values } = table;
  const has = (column: string) => sql`${columns.has(column)}::boolean`;
  const own = sql.table(table.table);
  const from = parent === undefined ? sql`` : sql`join ${sql.table(parent.table)} p on ${parent.match}`;
  const locked = Object.hasOwn(values, 'locked_at');
  const stored = [
    ['status', sql`m.status`],
    ...(person === undefined
      ? []
      : [[person, sql`case when ${has('who')} then m.user_id else ${sql.id('e', person)} end`] as const]),
    ...(locked ? [['locked_at', sql`case when m.done then coalesce(e.locked_at, m.at) end`] as const] : []),
  ] as const;
  const names = (prefix?: string) =>
    sql.join(stored.map(([column]) => (prefix === undefined ? sql.id(column) : sql.id(prefix, column))));
  const wanted = sql.join(stored.map(([, value]) => value));
  const { rows } = await sql<WrittenEvidence>`
    with matched as materialized (
      select s.*, s.performed_at at time zone ${storedZone}::text as at, u.id as user_id, found.id as stored_id,
             ${parent === undefined ? sql`null::integer` : sql`p.id`} as parent_id,
             coalesce(found.id, nextval(pg_get_serial_sequence(${`public.${table.table}`}::text, 'id'))::integer) as new_id
        from ${staged} s
        left join "user" u on lower(u.email) = lower(s.who)
        ${from}
        left join lateral (
          select e.id from ${own} e where ${table.match} and ${isSameDay(table, stamp)} order by e.id limit 1) found on true
       where s.kind = ${kind}::text
    ), updated as (
      update ${own} e set (${names()}) = row(${wanted})
        from matched m
       where e.id = m.stored_id and row(${names('e')}) is distinct from row(${wanted})
      returning e.id
    ), added as (
      insert into ${own} (id, ${sql.join(Object.keys(values).map((column) => sql.id(column)))})
      select m.new_id, ${sql.join(Object.values(values))} from matched m where m.stored_id is null order by m.line
      returning id
    ), entered as (
      insert into opsdeck_jobs.evidence_entry as x (model, evidence_id, performed_by, reference, recorded_at, recorded_by)
      select ${table.model}::text, m.new_id, m.user_id, m.reference,
             case when m.stored_id is null then ${now} at time zone ${storedZone}::text end, ${actor}::text
        from matched m
       where m.stored_id is null or m.user_id is not null or m.reference is not null
          or exists (select from opsdeck_jobs.evidence_entry y where y.model = ${table.model}::text and y.evidence_id = m.stored_id)
      on conflict (model, evidence_id) do update
         set performed_by = case when ${has('who')} then excluded.performed_by else x.performed_by end,
             reference = case when ${has('reference')} then excluded.reference else x.reference end,
             recorded_by = excluded.recorded_by
       where (${has('who')} and x.performed_by is distinct from excluded.performed_by)
          or (${has('reference')} and x.reference is distinct from excluded.reference)
      returning x.evidence_id as id
    )
    select array(select id from added) as added,
           array(select id from updated union select id from entered except select id from added) as changed`.execute(
    trx,
  );
  return rows[0] ?? { added: [], changed: [] };
}

/** The tags of the campaigns of the file become those that it names; gives the campaigns whose tags changed. */
export async function writeTags(
  trx: Transaction<Database>,
  table: EvidenceTable,
  stamp: ImportStamp,
): Promise<readonly number[]> {
  const campaigns = sql`
    select min(e.id) as id, s.tags
      from ${staged} s join campaign e on ${table.match} and ${isSameDay(table, stamp)}
     where s.kind = 'campaign' group by s.line, s.tags`;
  const tags = sql`regexp_split_to_table(coalesce(c.tags, ''), '\\s*,\\s*') t (name)`;
  await sql`
    insert into tag (name, is_archived)
    select distinct t.name, false from (${campaigns}) c cross join ${tags}
     where t.name <> '' and not exists (select from tag x where x.name = t.name)`.execute(trx);
  const { rows } = await sql<{ id: number }>`
    with named as materialized (${campaigns}),
    wanted as (
      select distinct c.id as campaign_id, x.id as tag_id
        from named c cross join ${tags} join tag x on x.name = t.name
    ), removed as (
      delete from campaign_tags c using named n
       where c.campaign_id = n.id
         and not exists (select from wanted w where w.campaign_id = c.campaign_id and w.tag_id = c.tag_id)
      returning c.campaign_id as id
    ), added as (
      insert into campaign_tags (campaign_id, tag_id)
      select campaign_id, tag_id from wanted on conflict do nothing
      returning campaign_id as id
    )
    select id from removed union select id from added`.execute(trx);
  return rows.map(({ id }) => id);
}
