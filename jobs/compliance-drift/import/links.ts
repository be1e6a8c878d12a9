import { sql } from 'kysely';
import { z } from 'zod';
import { largestInteger, quoted, requiredInteger, requiredText } from '../../../src/import/cells.ts';
import type { CsvKind, CsvKindOptions } from '../../../src/import/csv-kind.ts';
import { findProblems, repeatedRows } from '../../../src/import/staged-problems.ts';
import {
  controlCells,
  controlColumns,
  controlSentences,
  resolvedControls,
  stagedControlColumns,
  unknownControls,
} from './control-reference.ts';

/** `description` is text without a limit; a row of the file has one. */
const longestText = 1_000_000;

function rowSchema(options: CsvKindOptions) {
  return z.object({
    ...controlCells(options),
    linkable_type: requiredText(50),
    linkable_id: requiredInteger(1, largestInteger),
    description: requiredText(longestText),
  });
}

/**
 * Links from a control to what fulfils it by hand: a policy, an asset, a document. Rows of `compliance_link`, by all but
 * the description. Whether the linked thing exists is not checked: it may live in any of OpsDeck's tables.
 */
export const links: CsvKind<z.output<ReturnType<typeof rowSchema>>> = {
  name: 'links',
  noun: 'link',
  identity: 'framework, control, linkable_type and linkable_id',
  columns: [
    ...controlColumns,
    { name: 'linkable_type', required: true, about: "OpsDeck's name of the kind, such as Policy or Asset" },
    { name: 'linkable_id', required: true, about: 'its id; not checked' },
    { name: 'description', required: true, about: 'how it fulfils the control' },
  ],
  row: rowSchema,
  staged: {
    ...stagedControlColumns,
    linkable_type: 'text not null',
    linkable_id: 'integer not null',
    description: 'text not null',
  },
  stage: (link) => [link.framework, link.control_id, link.linkable_type, link.linkable_id, link.description],

  async problems(trx) {
    const sentence = await controlSentences(trx);
    return findProblems(
      trx,
      sql`
        ${repeatedRows(sql`linkable_type || ' ' || linkable_id`, sql`framework, control_id, linkable_type, linkable_id`)}
        union all ${unknownControls}`,
      (row) =>
        row.problem === 'repeated'
          ? `the link of this control to ${quoted(row.subject)} is already in line ${row.detail}`
          : sentence(row),
    );
  },

  async write(trx) {
    const { rows } = await sql<{ added: number; changed: number }>`
      with matched as (
        select distinct on (s.line) s.*, l.id as link_id, l.description as stored_description
          from (${resolvedControls}) s
          left join compliance_link l
            on (l.framework_control_id, l.linkable_type, l.linkable_id) = (s.control_pk, s.linkable_type, s.linkable_id)
         -- Of several links that are alike, one that needs no change.
         order by s.line, (l.description is not distinct from s.description) desc, l.id
      ), changed as (
        update compliance_link l set description = m.description
          from matched m
         where l.id = m.link_id and m.description is distinct from m.stored_description
        returning l.id
      ), added as (
        insert into compliance_link (framework_control_id, linkable_type, linkable_id, description)
        select control_pk, linkable_type, linkable_id, description from matched where link_id is null order by line
        returning id
      )
      select (select count(*) from added)::int as added, (select count(*) from changed)::int as changed`.execute(
      trx,
    );
    return { added: rows[0]?.added ?? 0, changed: rows[0]?.changed ?? 0 };
  },
};
