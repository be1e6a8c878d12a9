import { sql } from 'kysely';
import { z } from 'zod';
import {
  optionalBoolean,
  optionalInteger,
  optionalText,
  quoted,
  requiredText,
} from '../../../src/import/cells.ts';
import type { CsvKind, CsvKindOptions } from '../../../src/import/csv-kind.ts';
import { findProblems, repeatedRows } from '../../../src/import/staged-problems.ts';
import { nearest } from '../../../src/text/suggest.ts';
import {
  controlCells,
  controlColumns,
  controlSentences,
  resolvedControls,
  stagedControlColumns,
  unknownControls,
} from './control-reference.ts';
import { criteriaProblem, targetModelNames } from './rule-criteria.ts';

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

function rowSchema(options: CsvKindOptions) {
  return z
    .object({
      ...controlCells(options),
      name: requiredText(150),
      target_model: targetModel,
      criteria: optionalText(longestText),
      frequency_days: optionalInteger(1, longestDays),
      grace_period_days: optionalInteger(0, longestDays),
      enabled: optionalBoolean,
      description: optionalText(longestText),
    })
    .check(({ value, issues }) => {
      const message = criteriaProblem(value.target_model, value.criteria ?? '{}');
      if (message !== null)
        issues.push({ code: 'custom', message, path: ['criteria'], input: value.criteria });
    });
}

/** Rules that judge a control by its evidence. Rows of `compliance_rule`, by framework, control and name. */
export const rules: CsvKind<z.output<ReturnType<typeof rowSchema>>> = {
  name: 'rules',
  noun: 'rule',
  identity: 'framework, control and name',
  columns: [
    ...controlColumns,
    { name: 'name', required: true, about: 'of the rule; unique within its control' },
    { name: 'target_model', required: true, about: targetModelNames.join(', ') },
    { name: 'criteria', required: false, about: 'JSON, such as {"activity_name": "Backup test"}; empty: {}' },
    { name: 'frequency_days', required: false, about: 'empty: 90, or as it was' },
    { name: 'grace_period_days', required: false, about: 'empty: 7, or as it was' },
    { name: 'enabled', required: false, about: 'true or false; empty: true, or as it was' },
    { name: 'description', required: false, about: 'empty: none' },
  ],
  row: rowSchema,
  staged: {
    ...stagedControlColumns,
    name: 'text not null',
    target_model: 'text not null',
    criteria: 'text',
    frequency_days: 'integer',
    grace_period_days: 'integer',
    enabled: 'boolean',
    description: 'text',
  },
  stage: (rule) => [
    rule.framework,
    rule.control_id,
    rule.name,
    rule.target_model,
    rule.criteria,
    rule.frequency_days,
    rule.grace_period_days,
    rule.enabled,
    rule.description,
  ],

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
    return { added: rows[0]?.added ?? 0, changed: rows[0]?.changed ?? 0 };
  },
};
