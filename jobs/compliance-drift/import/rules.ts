import { sql } from 'kysely';
import { z } from 'zod';
import {
  optionalBoolean,
  optionalInteger,
  optionalText,
  quoted,
  requiredText,
} from '../../../src/import/cells.ts';
import { type CsvKindOptions, column, defineCsvKind } from '../../../src/import/csv-kind.ts';
import { findProblems, repeatedRows } from '../../../src/import/staged-problems.ts';
import { nearest } from '../../../src/text/suggest.ts';
import { controlColumns, controlSentences, resolvedControls, unknownControls } from './control-reference.ts';
import { criteriaProblem, targetModelNames, unknownCriterion } from './rule-criteria.ts';
import { rulesWithoutTarget } from './rule-targets.ts';

/** A hundred years: above that a number is a mistake. */
const longestDays = 36_525;
/** `criteria` and `description` are text without a limit; a row of the file has one. */
const longestText = 1_000_000;

const targetModel = requiredText(50).refine((text) => targetModelNames.includes(text), {
  error: ({ input }) => {
    const meant = nearest(String(input), targetModelNames);
    const hint = meant === undefined ? `known are ${targetModelNames.join(', ')}` : `did you mean ${meant}?`;
    return `is ${quoted(String(input))}: ${hint}`;
  },
  abort: true,
});

function cells(options: CsvKindOptions) {
  return z.object({
    ...controlColumns(options),
    name: column('text', requiredText(150), 'of the rule; unique within its control'),
    target_model: column('text', targetModel, targetModelNames.join(', ')),
    criteria: column(
      'text',
      optionalText(longestText),
      'JSON, such as {"activity_name": "Backup test"}; empty: {}',
    ),
    frequency_days: column('integer', optionalInteger(1, longestDays), 'empty: 90, or as it was'),
    grace_period_days: column('integer', optionalInteger(0, longestDays), 'empty: 7, or as it was'),
    enabled: column('boolean', optionalBoolean, 'true or false; empty: true, or as it was'),
    description: column('text', optionalText(longestText), 'empty: none'),
  });
}

/** Rules that judge a control by its evidence. Rows of `compliance_rule`, by framework, control and name. */
export const rules = defineCsvKind({
  name: 'rules',
  cells,
  row: (cells) =>
    cells.check(({ value, issues }) => {
      const criteria = value.criteria ?? '{}';
      const message =
        criteriaProblem(value.target_model, criteria) ?? unknownCriterion(value.target_model, criteria);
      if (message !== null)
        issues.push({ code: 'custom', message, path: ['criteria'], input: value.criteria });
    }),

  async problems(trx) {
    const sentence = await controlSentences(trx);
    return findProblems(
      trx,
      sql`
        ${repeatedRows(sql`name`, sql`framework, control_id, name`)}
        union all ${unknownControls}
        union all
        select s.line, 'same_name', s.name, count(*)::text
          from (${resolvedControls}) s
          join compliance_rule r on r.framework_control_id = s.control_pk and r.name = s.name
         group by s.line, s.name
        having count(*) > 1`,
      (row) => {
        if (row.problem === 'repeated')
          return `rule ${quoted(row.subject)} of this control is already in line ${row.detail}`;
        if (row.problem !== 'same_name') return sentence(row);
        return `the control has ${row.detail} rules ${quoted(row.subject)}: rename or delete all but one in OpsDeck`;
      },
    );
  },

  async write(trx, { now, columns }) {
    const has = (column: string) => sql`${columns.has(column)}::boolean`;
    const { rows } = await sql<{ added: number; changed: number }>`
      with matched as (
        select s.*, r.id as rule_id
          from (${resolvedControls}) s
          left join compliance_rule r on r.framework_control_id = s.control_pk and r.name = s.name
      ), wanted as (
        select m.rule_id, m.target_model,
               case when ${has('criteria')} then coalesce(m.criteria, '{}') else r.criteria end as criteria,
               coalesce(m.frequency_days, r.frequency_days) as frequency_days,
               coalesce(m.grace_period_days, r.grace_period_days) as grace_period_days,
               coalesce(m.enabled, r.enabled) as enabled,
               case when ${has('description')} then m.description else r.description end as description
          from matched m join compliance_rule r on r.id = m.rule_id
      ), changed as (
        update compliance_rule r
           set target_model = w.target_model, criteria = w.criteria, frequency_days = w.frequency_days,
               grace_period_days = w.grace_period_days, enabled = w.enabled, description = w.description,
               updated_at = ${now}
          from wanted w
         where r.id = w.rule_id
           and (r.target_model, r.criteria, r.frequency_days, r.grace_period_days, r.enabled, r.description)
               is distinct from
               (w.target_model, w.criteria, w.frequency_days, w.grace_period_days, w.enabled, w.description)
        returning r.id
      ), added as (
        insert into compliance_rule (framework_control_id, name, description, target_model, criteria, frequency_days,
                                     grace_period_days, enabled, created_at, updated_at)
        select control_pk, name, description, target_model, coalesce(criteria, '{}'), coalesce(frequency_days, 90),
               coalesce(grace_period_days, 7), coalesce(enabled, true), ${now}, ${now}
          from matched where rule_id is null order by line
        returning id
      )
      select (select count(*) from added)::int as added, (select count(*) from changed)::int as changed`.execute(
      trx,
    );
    return {
      added: rows[0]?.added ?? 0,
      changed: rows[0]?.changed ?? 0,
      notes: await rulesWithoutTarget(trx),
    };
  },
});
