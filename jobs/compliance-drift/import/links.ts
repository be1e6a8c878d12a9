import { sql } from 'kysely';
import { z } from 'zod';
import { quoted, requiredText } from '../../../src/import/cells.ts';
import { type CsvKindOptions, column, defineCsvKind } from '../../../src/import/csv-kind.ts';
import { findProblems, repeatedRows } from '../../../src/import/staged-problems.ts';
import { controlColumns, controlSentences, resolvedControls, unknownControls } from './control-reference.ts';
import { linkedSentence, resolveLinked, uncheckedKinds } from './linked-things.ts';

/** `description` is text without a limit; a row of the file has one. */
const longestText = 1_000_000;

function cells(options: CsvKindOptions) {
  return z.object({
    ...controlColumns(options),
    linkable_type: column('text', requiredText(50), "OpsDeck's name of the kind, such as Policy or Asset"),
    linkable_id: column('text', requiredText(255), 'its number or name'),
    description: column('text', requiredText(longestText), 'how it fulfils the control'),
  });
}

/**
 * Links from a control to what fulfils it by hand: a policy, an asset, a document. Rows of `compliance_link`, by all but
 * the description. What is linked must be in its table, where this database has one.
 */
export const links = defineCsvKind({
  name: 'links',
  cells,
  computed: { linked_id: 'integer' },
  row: (cells) => cells.transform((row) => ({ ...row, linked_id: null })),

  async problems(trx) {
    const sentence = await controlSentences(trx);
    const unknownLinked = await resolveLinked(trx);
    return findProblems(
      trx,
      sql`
        ${repeatedRows(sql`linkable_type || ' ' || linkable_id`, sql`framework, control_id, linkable_type, coalesce(linked_id, -line)`)}
        union all ${unknownControls} union all ${unknownLinked}`,
      (row) => {
        if (row.problem === 'repeated')
          return `the link of this control to ${quoted(row.subject)} is already in line ${row.detail}`;
        return row.problem === 'linked' ? linkedSentence(row) : sentence(row);
      },
    );
  },

  async write(trx) {
    const { rows } = await sql<{ added: number; changed: number }>`
      with matched as (
        select distinct on (s.line) s.*, l.id as link_id, l.description as stored_description
          from (${resolvedControls}) s
          left join compliance_link l
            on (l.framework_control_id, l.linkable_type, l.linkable_id) = (s.control_pk, s.linkable_type, s.linked_id)
         -- Of several links that are alike, one that needs no change.
         order by s.line, (l.description is not distinct from s.description) desc, l.id
      ), changed as (
        update compliance_link l set description = m.description
          from matched m
         where l.id = m.link_id and m.description is distinct from m.stored_description
        returning l.id
      ), added as (
        insert into compliance_link (framework_control_id, linkable_type, linkable_id, description)
        select control_pk, linkable_type, linked_id, description from matched where link_id is null order by line
        returning id
      )
      select (select count(*) from added)::int as added, (select count(*) from changed)::int as changed`.execute(
      trx,
    );
    return {
      added: rows[0]?.added ?? 0,
      changed: rows[0]?.changed ?? 0,
      notes: await uncheckedKinds(trx),
    };
  },
});
