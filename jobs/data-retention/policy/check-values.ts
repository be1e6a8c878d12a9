import { type Kysely, sql } from 'kysely';
import { statementFault } from '../../../src/db/errors.ts';
import type { Database } from '../../../src/db/tables.ts';
import type { JobContext } from '../../../src/job/context.ts';
import { tableRef } from '../batch/line.sql.ts';
import type { Moment } from './moment.sql.ts';
import { policyProblem } from './problem.ts';
import { isDue, valuesOfPolicy } from './rules.sql.ts';
import type { Target } from './target.ts';

/**
 * Asks the database whether the values of a policy are values of their columns, and whether their types have its operators, before any
 * policy takes a row: no row is read.
 *
 * @throws OperatorError `retention_policy`, exit 2.
 */
export async function checkValues(
  transaction: JobContext<unknown, unknown>['transaction'],
  target: Target,
  moment: Moment,
): Promise<void> {
  try {
    await transaction((trx) => tryValues(trx, target, moment));
  } catch (error) {
    const fault = statementFault(error);
    // A right that is missing is the trouble of this policy alone, which says so when it has its turn.
    if (fault === '42501') return;
    if (fault === undefined || !(error instanceof Error)) throw error;
    throw policyProblem(target.policy.name, error.message);
  }
}

async function tryValues(trx: Kysely<Database>, target: Target, moment: Moment): Promise<void> {
  const values = valuesOfPolicy(target);
  // Their text: a driver need not know the types.
  if (values.length > 0)
    await sql`select ${sql.join(values.map((value) => sql`(${value})::text`))}`.execute(trx);
  await sql`select from ${tableRef(target.policy.table)} t where ${isDue(target, moment)} limit 0`.execute(
    trx,
  );
}
