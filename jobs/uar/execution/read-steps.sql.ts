import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { severityOrder } from '../../../src/job/severity.sql.ts';
import { severities } from '../../../src/job/severity.ts';
import { findingTypes } from '../finding-words.ts';

const count = z.int();
const group = z.object({
  type: z.enum(findingTypes),
  severity: z.enum(severities),
  novelty: z.enum(['new', 'seen', 'recurred', 'reopened']),
  status: z.enum(['open', 'acknowledged', 'false_positive']),
  excepted: z.boolean(),
  findings: count,
  appeared: count,
});
/** Findings that have all of this in common. */
export type StepGroup = z.output<typeof group>;

const listed = z.object({
  finding_id: z.int().nullable(),
  type: z.enum(findingTypes),
  severity: z.enum(severities),
  key: z.string(),
  novelty: z.enum(['new', 'recurred', 'reopened']),
  description: z.string().nullable(),
});
/** A finding that people are alerted of. */
export type ToldFinding = z.output<typeof listed>;

export interface Steps {
  readonly groups: readonly StepGroup[];
  /** Open ones that are new, came back or were reopened, worst first; of each type at most {@link mostTold}. */
  readonly told: readonly ToldFinding[];
  /** Rows that will be resolved: their finding is gone. */
  readonly gone: number;
}

/** So many findings of a type are named. */
export const mostTold = 50;

/** What `uar_step` comes to. One statement. */
export async function readSteps(trx: Transaction<Database>, comparisonId: number): Promise<Steps> {
  const { rows } = await sql<Record<string, unknown>>`
    select
      (select coalesce(json_agg(g), '[]') from (
         select finding_type as type, severity, novelty, status, exception_id is not null as excepted,
                count(*)::int as findings, count(*) filter (where appeared)::int as appeared
           from uar_step group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5) g) as groups,
      (select coalesce(json_agg(t), '[]') from (
         select n.finding_id, n.finding_type as type, n.severity, left(n.key_text, 255) as key, n.novelty,
                left(r.description, 500) as description
           from (select s.*, ${severityOrder(sql.ref('s.severity'))} as rank,
                        row_number() over (partition by s.finding_type
                                               order by ${severityOrder(sql.ref('s.severity'))}, s.key_text) as nth
                   from uar_step s where s.novelty <> 'seen' and s.status = 'open') n
           join uar_result r on r.identity = n.identity
          where n.nth <= ${mostTold}::int
          order by n.rank, n.finding_type, n.key_text) t) as told,
      (select count(*)::int
         from public.uar_finding f
        where f.execution_id = any (array(select x.id from public.uar_execution x where x.comparison_id = ${comparisonId}::int))
          and f.status in ('open', 'acknowledged')
          and not exists (select from uar_step s where s.finding_id = f.id)) as gone`.execute(trx);
  return z.object({ groups: z.array(group), told: z.array(listed), gone: count }).parse(rows[0]);
}
