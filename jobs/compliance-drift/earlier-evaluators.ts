import { type RawBuilder, sql } from 'kysely';
import { type EvidencePolicy, standings } from './rules/evidence-words.sql.ts';

const isNone = (column: RawBuilder<unknown>, words: readonly string[]) =>
  sql`translate(lower(${column}), E' \\t\\n_-', '') not in (${sql.join(words.map((word) => sql.lit(word)))})`;

/** What the first version of the evaluation counted: every word of most kinds that was not known to be wrong. */
const first: EvidencePolicy['standing'] = (kind, status) => {
  const counts = (condition: RawBuilder<unknown>): RawBuilder<number> =>
    sql`(case when ${condition} then ${sql.lit(standings.done)} else ${sql.lit(standings.notDone)} end)`;
  switch (kind) {
    case 'ActivityExecution':
      return counts(isNone(status, ['failed', 'fail', 'failure', 'cancelled', 'canceled', 'inprogress']));
    case 'Campaign':
      return counts(sql`${status} in ('finished', 'ongoing')`);
    case 'MaintenanceLog':
      return counts(sql`${status} = 'Completed'`);
    case 'BCDRTestLog':
      return counts(sql`${status} = 'Passed'`);
    case 'OnboardingProcess':
    case 'OffboardingProcess':
      return counts(sql`true`);
    case 'SecurityAssessment':
      return counts(isNone(status, ['rejected', 'pending', 'pendingreview']));
    case 'RiskAssessment':
      return counts(isNone(status, ['draft']));
    case 'UARExecution':
      return counts(sql`${status} = 'completed'`);
  }
};

/** The rules of the evaluator before this one. `signedOffOnly` is what was configured, if anything was. */
export function firstPolicy(signedOffOnly: boolean | undefined): EvidencePolicy {
  return { signedOffOnly: signedOffOnly ?? false, standing: first };
}
