import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { usage } from '../../../src/errors/usage.ts';
import { nearest } from '../../../src/text/suggest.ts';

/** A control as the catalog has it, with its Statement of Applicability. */
export interface CatalogControl {
  /** `framework_control.id`. */
  readonly id: number;
  readonly framework_id: number;
  readonly framework: string;
  readonly is_active: boolean;
  readonly control_id: string;
  readonly name: string;
  readonly is_applicable: boolean;
  readonly justification: string | null;
}

/** Of how many identifiers a near one is suggested. */
const mostIdentifiers = 5000;

/** A control as messages name it and as it can be typed: `ISO27001:A.5.1`. */
function qualified({ framework, control_id: id }: CatalogControl): string {
  return `${framework}:${id}`;
}

/**
 * The control that is meant by its identifier (`AC-2`), its name, its number, or its identifier after the name or number of
 * its framework (`ISO27001:A.5.1`, `ISO27001 A.5.1`), in that order, in any letter case.
 *
 * @throws OperatorError exit 2: `unknown_control`, `ambiguous_control`.
 */
export async function findControl(
  db: Kysely<Database>,
  text: string,
  frameworkId: number | null,
): Promise<CatalogControl> {
  const wanted = text.trim();
  const inFramework = sql`(${frameworkId}::integer is null or c.framework_id = ${frameworkId}::integer)`;
  const number = /^\d{1,9}$/.test(wanted) ? Number(wanted) : null;
  const { rows } = await sql<CatalogControl & { readonly place: number }>`
    select c.id, c.framework_id, f.name as framework, f.is_active, c.control_id, c.name, c.is_applicable,
           nullif(btrim(c.soa_justification), '') as justification,
           case when lower(c.control_id) = lower(${wanted}) then 1 when lower(c.name) = lower(${wanted}) then 2
                when c.id = ${number}::integer then 3 else 4 end as place
      from framework_control c join framework f on f.id = c.framework_id
     where ${inFramework}
       and (lower(c.control_id) = lower(${wanted}) or lower(c.name) = lower(${wanted}) or c.id = ${number}::integer
            or lower(${wanted}) in (lower(f.name || ':' || c.control_id), lower(f.name || ' ' || c.control_id),
                                    lower(f.id || ':' || c.control_id)))
     order by place, f.is_active desc, f.name, c.id`.execute(db);
  const best = rows.filter(({ place }) => place === rows[0]?.place);
  const [found, ...others] = best;
  if (found === undefined) throw await unknownControl(db, wanted, inFramework);
  if (others.length === 0) return found;
  const frameworks = [...new Set(best.map(({ framework }) => framework))];
  throw usage(
    `${best.length} controls are meant by '${wanted}': ${best
      .slice(0, 10)
      .map((one) => `${qualified(one)} (number ${one.id})`)
      .join(', ')}.`,
    frameworks.length > 1
      ? `Give the framework too: '${qualified(found)}', or --framework '${found.framework}'.`
      : 'Give the number of the control.',
    'ambiguous_control',
  );
}

async function unknownControl(db: Kysely<Database>, wanted: string, inFramework: RawBuilder<unknown>) {
  const { rows } = await sql<{ control_id: string }>`
    select distinct c.control_id from framework_control c where ${inFramework} order by 1 limit ${mostIdentifiers}`.execute(
    db,
  );
  const near = nearest(
    wanted,
    rows.map(({ control_id: id }) => id),
  );
  return usage(
    `There is no control '${wanted}'${near === undefined ? '.' : `; did you mean '${near}'?`}`,
    "'opsdeck-jobs controls list' lists the controls of all active frameworks.",
    'unknown_control',
  );
}
