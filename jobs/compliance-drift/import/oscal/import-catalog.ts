import { sql, type Transaction } from 'kysely';
import type { Database } from '../../../../src/db/tables.ts';
import { usage } from '../../../../src/errors/usage.ts';
import { characters } from '../../../../src/import/cells.ts';
import {
  type ImportContext,
  inImportTransaction,
  lockImports,
  recordImport,
} from '../../../../src/import/import-transaction.ts';
import { staged, stageRows } from '../../../../src/import/staging.ts';
import type { CatalogFramework } from './flatten-catalog.ts';

/** What a withdrawn control's `soa_justification` says; also how we know a decision of ours from a person's. */
const withdrawnJustification = 'Withdrawn in the catalog';

/** What the import of a catalog did, or in a dry run would do. Lists hold control identifiers in the order of the file. */
export interface CatalogImportResult {
  readonly framework: string;
  readonly frameworkCreated: boolean;
  readonly controls: number;
  readonly withdrawn: number;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: number;
  /** In the database, not in the file; left as they are. */
  readonly noLongerInFile: readonly string[];
  /** Identifiers that the framework has several times (OpsDeck has no constraint); the oldest one was compared. */
  readonly repeatedInDatabase: readonly string[];
}

const stagedColumns = {
  control_id: 'text not null',
  name: 'text not null',
  description: 'text',
  withdrawn: 'boolean not null',
} as const;

/** Longest name that `framework.name` holds. */
const longestName = 255;

/**
 * The framework to create or update: the one of the command line, otherwise the title of the catalog.
 *
 * @throws OperatorError `invalid_framework_name`, exit 2.
 */
export function frameworkName(catalog: CatalogFramework, option: string | undefined): string {
  const name = (option ?? catalog.title).trim();
  if (name !== '' && characters(name) <= longestName) return name;
  const from = option === undefined ? 'title of the catalog' : 'name of --framework';
  throw usage(
    `The ${from} has ${characters(name)} characters; a framework's name has 1 to ${longestName}.`,
    'Give a shorter one with --framework NAME.',
    'invalid_framework_name',
  );
}

/**
 * Upserts a catalog's framework and controls in one transaction, by framework name and control identifier, with a fixed number of
 * statements. The framework's own row is only created: name, description, link and state of one that exists are a person's.
 *
 * Applicability is a decision of people. A control becomes not applicable here only when the catalog has withdrawn it and
 * nobody has written a justification; it becomes applicable again when the catalog takes that back and the justification is
 * still ours.
 */
export async function importCatalog(
  catalog: CatalogFramework,
  name: string,
  context: ImportContext,
): Promise<CatalogImportResult> {
  context.signal.throwIfAborted();
  const rows = catalog.controls.map((control, index) => ({
    line: index + 1,
    values: [control.controlId, control.name, control.description, control.withdrawn],
  }));
  return inImportTransaction(context, async (trx) => {
    await stageRows(trx, context.database, stagedColumns, rows);
    await lockImports(trx);
    const { id, created } = await ensureFramework(trx, catalog, name);
    const outcome = await upsertControls(trx, id);
    const { added, changed } = outcome;
    if (created || added.length + changed.length > 0) {
      await recordImport(trx, context, {
        kind: 'oscal',
        subject: `framework:${id}`,
        after: {
          framework: name,
          created,
          controls: rows.length,
          added: added.length,
          changed: changed.length,
        },
      });
    }
    return {
      framework: name,
      frameworkCreated: created,
      controls: rows.length,
      withdrawn: catalog.controls.filter((control) => control.withdrawn).length,
      unchanged: rows.length - added.length - changed.length,
      ...outcome,
    };
  });
}

async function ensureFramework(
  trx: Transaction<Database>,
  catalog: CatalogFramework,
  name: string,
): Promise<{ readonly id: number; readonly created: boolean }> {
  const { rows } = await sql<{ id: number; created: boolean }>`
    with created as (
      insert into framework (name, description, link, is_custom, is_active)
      values (${name}, ${catalog.description}, ${catalog.link}, true, true)
      on conflict (name) do nothing
      returning id
    )
    select id, true as created from created
    union all
    select id, false from framework where name = ${name}`.execute(trx);
  const [row] = rows;
  if (row === undefined) throw new Error('the framework was neither found nor created');
  return row;
}

type Outcome = Pick<CatalogImportResult, 'added' | 'changed' | 'noLongerInFile' | 'repeatedInDatabase'>;

async function upsertControls(trx: Transaction<Database>, frameworkId: number): Promise<Outcome> {
  const { rows } = await sql<{ outcome: keyof Outcome; control_ids: string[] }>`
    with stored as (
      select distinct on (control_id)
             id, control_id, name, description, is_applicable, soa_justification,
             nullif(btrim(soa_justification), '') as decided
        from framework_control where framework_id = ${frameworkId}
       order by control_id, id
    ), wanted as (
      select s.line, s.control_id, s.name, e.id,
             -- A catalog without text for a control says nothing about the text that is there.
             coalesce(s.description, e.description) as description,
             case when s.withdrawn and (e.id is null or e.decided is null) then false
                  when not s.withdrawn and e.decided = ${withdrawnJustification} then true
                  else coalesce(e.is_applicable, true) end as is_applicable,
             case when s.withdrawn and (e.id is null or e.is_applicable and e.decided is null)
                    then ${withdrawnJustification}
                  when not s.withdrawn and e.decided = ${withdrawnJustification} then null
                  else e.soa_justification end as soa_justification
        from ${staged} s left join stored e on e.control_id = s.control_id
    ), changed as (
      update framework_control c
         set name = w.name, description = w.description, is_applicable = w.is_applicable,
             soa_justification = w.soa_justification
        from wanted w
       where c.id = w.id
         and (c.name, c.description, c.is_applicable, c.soa_justification)
             is distinct from (w.name, w.description, w.is_applicable, w.soa_justification)
      returning w.line, c.control_id
    ), added as (
      insert into framework_control (framework_id, control_id, name, description, is_applicable, soa_justification)
      select ${frameworkId}::integer, control_id, name, description, is_applicable, soa_justification
        from wanted where id is null order by line
      returning control_id
    )
    select 'added' as outcome, coalesce(array_agg(a.control_id order by s.line), '{}') as control_ids
      from added a join ${staged} s using (control_id)
    union all
    select 'changed', coalesce(array_agg(control_id order by line), '{}') from changed
    union all
    select 'noLongerInFile', coalesce(array_agg(control_id order by id), '{}')
      from stored e where not exists (select from ${staged} s where s.control_id = e.control_id)
    union all
    select 'repeatedInDatabase', coalesce(array_agg(control_id order by control_id), '{}')
      from (select control_id from framework_control where framework_id = ${frameworkId}
             group by control_id having count(*) > 1) r`.execute(trx);
  const idsOf = (outcome: keyof Outcome) => rows.find((row) => row.outcome === outcome)?.control_ids ?? [];
  return {
    added: idsOf('added'),
    changed: idsOf('changed'),
    noLongerInFile: idsOf('noLongerInFile'),
    repeatedInDatabase: idsOf('repeatedInDatabase'),
  };
}
