import { sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { by, type RecordKind, type Renamed } from '../../../src/records/record-kind.ts';
import { findControl } from '../controls/find-control.ts';
import { controlParts, controlRecord, openActions } from './framework.ts';

/** One requirement of a framework, by its identifier. */
export const control: RecordKind = {
  name: 'control',
  plural: 'controls',
  table: 'framework_control',
  rows: sql`
    select c.id, c.control_id as name, c.is_applicable as enabled, c.framework_id, c.name as title, f.name as framework,
           c.soa_justification as justification
      from public.framework_control c join public.framework f on f.id = c.framework_id`,
  details: ['framework', 'title', 'justification'],
  framework: true,
  find: findControl,
  rename: {
    column: 'control_id',
    longest: 100,
    among: (id) =>
      sql<boolean>`t.framework_id = (select framework_id from public.framework_control where id = ${id}::integer)`,
    follow: recordNewIdentifier,
  },
  state: {
    column: 'is_applicable',
    on: true,
    enabled: 'it is applicable',
    disabled: 'it is not applicable, with that reason as its justification',
    reason: 'soa_justification',
  },
  parts: controlParts(by('framework_control_id')),
  stays: controlRecord(by('framework_control_id')),
  afterwards: openActions,
  page: '/frameworks',
};

/** As an import of a catalog that renumbers: the next snapshot names it as a change. */
async function recordNewIdentifier(
  trx: Transaction<Database>,
  { id, from, to, actor, now }: Renamed,
): Promise<readonly string[]> {
  await sql`
    insert into opsdeck_jobs.catalog_change
      (at, actor, framework_id, framework_control_id, kind, from_id, from_name, to_id, to_name)
    select ${now}::timestamptz, ${actor}, c.framework_id, c.id, 'renumbered', ${from}, c.name, ${to}, c.name
      from public.framework_control c where c.id = ${id}::integer`.execute(trx);
  return [];
}
