import type { Kysely } from 'kysely';
import type { Database } from '../../db/tables.ts';
import type { JobDefinition } from '../../job/define-job.ts';
import { readParams } from '../../job/read-params.ts';
import { findNamed } from './find-named.ts';

/** `--param comparison=Payroll`: ids by their names, which only the database knows. */

/** The texts with some number in the place of a name, so that everything else is checked before the database is opened. */
export function withoutNames(definition: JobDefinition, texts: readonly string[]): readonly string[] {
  return texts.map((text) => {
    const found = nameIn(definition, text);
    return found === null ? text : `${found.param}=1`;
  });
}

/**
 * The parameters with the ids in the place of the names. `checked`: what they are where there is no name.
 *
 * @throws OperatorError `unknown_…` (exit 2) for a name that is none, or that several have.
 */
export async function paramsByName(
  db: Kysely<Database>,
  definition: JobDefinition,
  texts: readonly string[],
  checked: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  if (texts.every((text) => nameIn(definition, text) === null)) return checked;
  const numbered: string[] = [];
  for (const text of texts) {
    const found = nameIn(definition, text);
    if (found === null) numbered.push(text);
    else {
      const { id } = await findNamed(db, found.named.table, found.name, found.named);
      numbered.push(`${found.param}=${id}`);
    }
  }
  return readParams(definition, numbered);
}

/** A number is an id, and nothing at all is no name. */
function nameIn({ namedParams = {} }: JobDefinition, text: string) {
  const [, param = '', name = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  const named = namedParams[param];
  return named === undefined || name.trim() === '' || /^[\d.+-]+$/.test(name.trim())
    ? null
    : { param, name, named };
}
