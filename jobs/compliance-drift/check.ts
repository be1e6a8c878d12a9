import { sql } from 'kysely';
import { z } from 'zod';
import { type Finding, problem, warning } from '../../src/doctor/finding.ts';
import { type JobCheck, someOf } from '../../src/doctor/job-check.ts';
import { count } from '../../src/text/count.ts';
import { byWords } from './rules/evidence-words.sql.ts';
import { evidenceWords } from './rules/evidence-words.ts';
import { judgedRules } from './rules/judge-rules.sql.ts';

const ruleSchema = z.object({ id: z.int(), name: z.string(), problem: z.string().nullable() });
const foundSchema = z.array(ruleSchema);

/** Rules that cannot be evaluated, and rules for which there has never been any evidence. */
export const driftCheck: JobCheck = {
  query: ({ now, zones }) => sql`
    with moment as materialized (
      select (${now}::timestamptz at time zone ${zones.business}::text)::date as today
    ), scope as materialized (
      select c.id as control_pk, c.is_applicable
        from framework_control c join framework f on f.id = c.framework_id
       where f.is_active and c.is_applicable
    ), ${judgedRules(zones, byWords(evidenceWords, false))}
    select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name, 'problem', problem) order by id), '[]')
      from judged where evaluated and (problem is not null or days_since is null)`,
  findings: (found) => {
    const rules = foundSchema.parse(found);
    const without = rules.filter((rule) => rule.problem === null);
    return [
      ...rules.flatMap((rule) => ofCriteria(rule)),
      ...(without.length === 0
        ? []
        : [
            warning(
              `${count(without.length, 'enabled rule has', 'enabled rules have')} no evidence: ${someOf(without.map(named))}.`,
              'Look for a misspelt activity, tag or type in its criteria, or record the evidence.',
            ),
          ]),
    ];
  },
};

function ofCriteria(rule: z.output<typeof ruleSchema>): readonly Finding[] {
  if (rule.problem === null) return [];
  const fix = 'Correct the criteria of the rule in OpsDeck, or switch the rule off.';
  return [problem(`Rule ${named(rule)} cannot be evaluated: ${rule.problem}.`, fix)];
}

function named({ id, name }: z.output<typeof ruleSchema>): string {
  return `${name} (${id})`;
}
