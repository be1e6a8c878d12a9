import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { optionalText, quoted, requiredText } from '../../../src/import/cells.ts';
import { type CsvKindOptions, column } from '../../../src/import/csv-kind.ts';
import type { ProblemRow } from '../../../src/import/staged-problems.ts';
import { staged } from '../../../src/import/staging.ts';
import { nearest } from '../../../src/text/suggest.ts';

/** The columns by which rules and links name their control; a row that names no framework takes the one of the command line. */
export function controlColumns({ framework }: CsvKindOptions) {
  const named = optionalText(255).transform((text, context) => {
    const name = text ?? framework;
    if (name !== undefined) return name;
    context.issues.push({
      code: 'custom',
      message: 'is empty: fill the column or give --framework NAME',
      input: text,
    });
    return z.NEVER;
  });
  return {
    framework: column('text', named, 'name of the framework; or give --framework', false),
    control_id: column('text', requiredText(100), 'as the framework has it, such as AC-2(1) or A.5.1'),
  };
}

/**
 * The staged rows whose control is unknown: no such framework, no such control in it, or several (OpsDeck has no
 * unique constraint there).
 */
export const unknownControls = sql`
  select s.line,
         case when f.id is null then 'framework' when count(c.id) = 0 then 'control' else 'ambiguous' end as problem,
         case when f.id is null then s.framework else s.control_id end as subject,
         case when count(c.id) > 1 then count(c.id)::text else s.framework end as detail
    from ${staged} s
    left join framework f on f.name = s.framework
    left join framework_control c on c.framework_id = f.id and c.control_id = s.control_id
   group by s.line, s.framework, s.control_id, f.id
  having count(c.id) <> 1`;

/** The staged rows with the id of their control: `control_pk`. Only right when {@link unknownControls} is empty. */
export const resolvedControls = sql`
  select s.*, c.id as control_pk
    from ${staged} s
    join framework f on f.name = s.framework
    join framework_control c on c.framework_id = f.id and c.control_id = s.control_id`;

/** How many names are looked through for a suggestion. */
const mostNames = 500;

/** The sentence for a row of {@link unknownControls}. */
export async function controlSentences(trx: Transaction<Database>): Promise<(row: ProblemRow) => string> {
  const frameworks = await trx
    .selectFrom('framework')
    .select('name')
    .orderBy('id')
    .limit(mostNames)
    .execute();
  const names = frameworks.map((framework) => framework.name);
  return ({ problem, subject, detail }) => {
    switch (problem) {
      case 'framework': {
        const meant = nearest(subject, names);
        return `there is no framework ${quoted(subject)}${meant === undefined ? '' : `: did you mean ${quoted(meant)}?`}`;
      }
      case 'control':
        return `framework ${quoted(detail)} has no control ${quoted(subject)}`;
      default:
        return `the framework has ${detail} controls ${quoted(subject)}: rename or delete all but one in OpsDeck`;
    }
  };
}
