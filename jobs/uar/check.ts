import { sql } from 'kysely';
import { z } from 'zod';
import { type Finding, problem } from '../../src/doctor/finding.ts';
import type { JobCheck } from '../../src/doctor/job-check.ts';
import { isSourceType, needsPlugin, pluginSourceType, sourceProblems } from './sources/source-configs.ts';

const comparisonSchema = z.object({
  id: z.int(),
  name: z.string(),
  a_type: z.string(),
  a_config: z.json(),
  b_type: z.string(),
  b_config: z.json(),
});
type Comparison = z.output<typeof comparisonSchema>;

/** A list of rows may be long; what counts is that it is one. */
const config = (side: 'a' | 'b') => sql`
  case when c.${sql.ref(`source_${side}_type`)} = 'JSON'
       then jsonb_build_object('json_data', case when jsonb_typeof(opsdeck_jobs.try_jsonb(c.${sql.ref(`source_${side}_config`)}::text) -> 'json_data') = 'array'
                                                 then '[]'::jsonb end)
       else opsdeck_jobs.try_jsonb(c.${sql.ref(`source_${side}_config`)}::text) end`;

/** Comparisons that would fail when they are executed, as far as their configuration shows it. */
export const reviewCheck: JobCheck = {
  query: () => sql`
    select coalesce(jsonb_agg(jsonb_build_object(
             'id', c.id, 'name', c.name, 'a_type', c.source_a_type, 'a_config', ${config('a')},
             'b_type', c.source_b_type, 'b_config', ${config('b')}) order by c.id), '[]')
      from public.uar_comparison c
     where c.is_enabled and c.is_archived is distinct from true`,
  findings: (found) => z.array(comparisonSchema).parse(found).flatMap(ofComparison),
};

function ofComparison(comparison: Comparison): readonly Finding[] {
  const { id, name, a_type, a_config, b_type, b_config } = comparison;
  const wrong = [
    ...ofSource(a_type, a_config).map((text) => `source A: ${text}`),
    ...ofSource(b_type, b_config).map((text) => `source B: ${text}`),
  ];
  if (wrong.length === 0) return [];
  return [
    problem(
      `Comparison ${name} (${id}) cannot be executed: ${wrong.join('; ')}.`,
      'Correct it in OpsDeck, or import it again with `opsdeck-jobs uar import FILE`.',
    ),
  ];
}

function ofSource(type: string, sourceConfig: unknown): readonly string[] {
  if (type === pluginSourceType) return [needsPlugin];
  if (!isSourceType(type)) return [`there is no source type '${type}'`];
  return sourceProblems(type, sourceConfig).map(({ path, message }) =>
    path.length === 0 ? message : `${path.map(String).join('.')} ${message}`,
  );
}
