import { type Kysely, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { JsonObject } from '../../../src/text/json.ts';

/** What a framework's controls were imported from; OpsDeck has no version of a catalog. */
export interface Catalog {
  readonly framework: string;
  /** What the last import recorded, with its time; null: none did. */
  readonly imported: { readonly at: string; readonly by: string; readonly content: JsonObject | null } | null;
  /** SHA-256 over identifiers and names of its controls, in their order: the same catalog has the same. */
  readonly fingerprint: string;
  readonly controls: number;
}

/** One statement. */
export async function readCatalog(db: Kysely<Database>, frameworkId: number): Promise<Catalog> {
  const { rows } = await sql<Catalog>`
    select f.name as framework,
           (select count(*)::integer from framework_control c where c.framework_id = f.id) as controls,
           (select encode(sha256(convert_to(coalesce(string_agg(c.control_id || ' ' || c.name, E'\n' order by c.control_id collate "C", c.id), ''), 'UTF8')), 'hex')
              from framework_control c where c.framework_id = f.id) as fingerprint,
           (select json_build_object('at', to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'by', a.actor, 'content', a.after)
              from opsdeck_jobs.action_log a
             where a.action = 'import.oscal' and a.subject = 'framework:' || f.id
             order by a.at desc, a.id limit 1) as imported
      from framework f where f.id = ${frameworkId}::integer`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new TypeError('A framework that was found is not there.');
  return row;
}

export function catalogWords({ imported, fingerprint, controls }: Catalog): string {
  const version = imported?.content?.['version'];
  const from =
    imported === null
      ? 'no import is recorded'
      : `${typeof version === 'string' ? `version ${version}, ` : ''}imported ${imported.at}`;
  return `${from}; ${controls} controls with the fingerprint sha256 ${fingerprint}`;
}
