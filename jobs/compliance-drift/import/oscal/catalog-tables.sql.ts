import { sql, type Transaction } from 'kysely';
import type { Database } from '../../../../src/db/tables.ts';
import { staged } from '../../../../src/import/staging.ts';
import type { StoredControl } from './match-controls.ts';

/** What a withdrawn control's `soa_justification` says; also how we know a decision of ours from a person's. */
const withdrawnJustification = 'Withdrawn in the catalog';

/** Columns of the staging table: a row for each control of the file. `stored_id`: the control of the database that it is. */
export const stagedColumns = {
  control_id: 'text not null',
  name: 'text not null',
  description: 'text',
  withdrawn: 'boolean not null',
  catalog_id: 'text not null',
  alt_identifier: 'text',
  content_hash: 'text not null',
  stored_id: 'integer',
  replaced: 'boolean not null',
} as const;

/** The controls of a framework; of several with one identifier (OpsDeck has no constraint) the oldest. One statement. */
export async function readStoredControls(
  trx: Transaction<Database>,
  frameworkId: number,
): Promise<readonly StoredControl[]> {
  const { rows } = await sql<StoredControl>`
    with control as (
      select distinct on (control_id) * from framework_control where framework_id = ${frameworkId}
       order by control_id, id
    ), rule as (
      select framework_control_id, count(*)::int as rules from compliance_rule
       where framework_control_id in (select id from control) group by 1
    ), link as (
      select framework_control_id, count(*)::int as links from compliance_link
       where framework_control_id in (select id from control) group by 1
    )
    select c.id, c.control_id as "controlId", c.name, c.description, k.catalog_id as "catalogId",
           k.alt_identifier as "altIdentifier", encode(k.content_hash, 'hex') as "contentHash",
           k.missing_since is not null as missing, coalesce(r.rules, 0) as rules, coalesce(l.links, 0) as links,
           (coalesce(btrim(c.soa_justification), '') <> '' or not c.is_applicable)
             and btrim(c.soa_justification) is distinct from ${withdrawnJustification}
             or exists (select from opsdeck_jobs.control_attestation a where a.framework_control_id = c.id)
             or exists (select from opsdeck_jobs.control_action a where a.framework_control_id = c.id)
             or exists (select from opsdeck_jobs.control_acceptance a where a.framework_control_id = c.id) as decided
      from control c
      left join opsdeck_jobs.catalog_control k on k.framework_control_id = c.id
      left join rule r on r.framework_control_id = c.id
      left join link l on l.framework_control_id = c.id
     order by c.id`.execute(trx);
  return rows;
}

/** Writes the staged controls; gives the identifiers of those that were added and those that changed, in the order of the file. */
export async function writeControls(
  trx: Transaction<Database>,
  frameworkId: number,
): Promise<{ readonly added: readonly string[]; readonly changed: readonly string[] }> {
  const { rows } = await sql<{ added: string[]; changed: string[] }>`
    with stored as (
      select id, control_id, name, description, is_applicable, soa_justification,
             nullif(btrim(soa_justification), '') as decided
        from framework_control where id in (select stored_id from ${staged})
    ), wanted as (
      select s.line, s.control_id, s.name, e.id, s.catalog_id, s.alt_identifier, s.content_hash,
             -- A catalog without text for a control does not replace the text that is there.
             case when s.replaced then s.description else coalesce(s.description, e.description) end as description,
             case when s.withdrawn and (e.id is null or e.decided is null) then false
                  when not s.withdrawn and e.decided = ${withdrawnJustification} then true
                  else coalesce(e.is_applicable, true) end as is_applicable,
             case when s.withdrawn and (e.id is null or e.is_applicable and e.decided is null)
                    then ${withdrawnJustification}
                  when not s.withdrawn and e.decided = ${withdrawnJustification} then null
                  else e.soa_justification end as soa_justification
        from ${staged} s left join stored e on e.id = s.stored_id
    ), changed as (
      update framework_control c
         set control_id = w.control_id, name = w.name, description = w.description, is_applicable = w.is_applicable,
             soa_justification = w.soa_justification
        from wanted w
       where c.id = w.id
         and (c.control_id, c.name, c.description, c.is_applicable, c.soa_justification)
             is distinct from (w.control_id, w.name, w.description, w.is_applicable, w.soa_justification)
      returning w.line, w.control_id
    ), added as (
      insert into framework_control (framework_id, control_id, name, description, is_applicable, soa_justification)
      select ${frameworkId}::integer, control_id, name, description, is_applicable, soa_justification
        from wanted where id is null order by line
      returning id, control_id
    ), kept as (
      insert into opsdeck_jobs.catalog_control
        (framework_control_id, framework_id, catalog_id, alt_identifier, content_hash)
      select coalesce(w.id, a.id), ${frameworkId}::integer, w.catalog_id, w.alt_identifier, decode(w.content_hash, 'hex')
        from wanted w
        left join added a on w.id is null and a.control_id = w.control_id
        left join opsdeck_jobs.catalog_control o on o.framework_control_id = w.id
       -- A conflict writes its row even where nothing is updated.
       where (o.catalog_id, o.alt_identifier, o.content_hash, o.missing_since)
             is distinct from (w.catalog_id, w.alt_identifier, decode(w.content_hash, 'hex'), null)
      on conflict (framework_control_id) do update
         set catalog_id = excluded.catalog_id, alt_identifier = excluded.alt_identifier,
             content_hash = excluded.content_hash, missing_since = null
    )
    select (select coalesce(array_agg(a.control_id order by s.line), '{}')
              from added a join ${staged} s using (control_id)) as added,
           (select coalesce(array_agg(control_id order by line), '{}') from changed) as changed`.execute(trx);
  return rows[0] ?? { added: [], changed: [] };
}

/** What no control of the file is: since when, and another identifier for those whose own names another requirement now. */
export async function keepMissing(
  trx: Transaction<Database>,
  frameworkId: number,
  now: Date,
  missing: readonly StoredControl[],
  former: ReadonlyMap<StoredControl, string>,
): Promise<void> {
  if (missing.length === 0) return;
  await sql`
    insert into opsdeck_jobs.catalog_control as k (framework_control_id, framework_id, missing_since)
    select id, ${frameworkId}::integer, ${now.toISOString()}::timestamptz
      from unnest(${missing.map(({ id }) => id)}::integer[]) as m (id)
    on conflict (framework_control_id) do update set missing_since = excluded.missing_since
     where k.missing_since is null`.execute(trx);
  if (former.size === 0) return;
  await sql`
    update framework_control c set control_id = f.control_id
      from unnest(${[...former.keys()].map(({ id }) => id)}::integer[], ${[...former.values()]}::text[]) as f (id, control_id)
     where c.id = f.id`.execute(trx);
}

/** An identifier that changed, or names another requirement now. */
export interface IdentifierChange {
  readonly kind: 'renumbered' | 'requirement_replaced';
  readonly stored: StoredControl;
  readonly controlId: string;
  readonly name: string;
}

/** For the drift events of the next snapshot. */
export async function keepChanges(
  trx: Transaction<Database>,
  frameworkId: number,
  by: { readonly now: Date; readonly actor: string },
  changes: readonly IdentifierChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map(({ kind, stored, controlId, name }) => ({
    kind,
    framework_control_id: stored.id,
    from_id: stored.controlId,
    from_name: stored.name,
    to_id: controlId,
    to_name: name,
  }));
  await sql`
    insert into opsdeck_jobs.catalog_change
      (at, actor, framework_id, framework_control_id, kind, from_id, from_name, to_id, to_name)
    select ${by.now.toISOString()}::timestamptz, ${by.actor}, ${frameworkId}::integer, c.*
      from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as c (
             framework_control_id integer, kind text, from_id text, from_name text, to_id text, to_name text)`.execute(
    trx,
  );
}

/** Marks what the catalog dropped as withdrawn, as far as no person has decided about it. Gives the identifiers, in their order. */
export async function withdrawMissing(
  trx: Transaction<Database>,
  missing: readonly StoredControl[],
): Promise<readonly string[]> {
  if (missing.length === 0) return [];
  const { rows } = await sql<{ id: number; control_id: string }>`
    update framework_control
       set is_applicable = false, soa_justification = ${withdrawnJustification}
     where id = any (${missing.map(({ id }) => id)}::integer[])
       and is_applicable and coalesce(btrim(soa_justification), '') = ''
    returning id, control_id`.execute(trx);
  const withdrawn = new Map(rows.map((row) => [row.id, row.control_id]));
  return missing.flatMap(({ id }) => withdrawn.get(id) ?? []);
}
