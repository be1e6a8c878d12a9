import { type Kysely, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import {
  editionWords,
  type FrameworkEdition,
  readEditions,
} from '../../compliance-drift/import/oscal/edition.sql.ts';

/** What a framework's controls were imported from. */
export interface Catalog {
  readonly framework: string;
  /** Of the newest import. */
  readonly edition: FrameworkEdition;
  /** SHA-256 over identifiers and names of its controls, in their order: the same catalog has the same. */
  readonly fingerprint: string;
  readonly controls: number;
}

/** Two statements. */
export async function readCatalog(db: Kysely<Database>, frameworkId: number): Promise<Catalog> {
  const { rows } = await sql<Omit<Catalog, 'edition'>>`
    select f.name as framework,
           (select count(*)::integer from framework_control c where c.framework_id = f.id) as controls,
           (select encode(sha256(convert_to(coalesce(string_agg(c.control_id || ' ' || c.name, E'\n' order by c.control_id collate "C", c.id), ''), 'UTF8')), 'hex')
              from framework_control c where c.framework_id = f.id) as fingerprint
      from framework f where f.id = ${frameworkId}::integer`.execute(db);
  const [row] = rows;
  const [edition] = await readEditions(db, frameworkId);
  if (row === undefined || edition === undefined)
    throw new TypeError('A framework that was found is not there.');
  return { ...row, edition };
}

export function catalogWords({ edition, fingerprint, controls }: Catalog, zone: string): string {
  return `${editionWords(edition, zone)}; ${controls} controls with the fingerprint sha256 ${fingerprint}`;
}
