import type { Kysely } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { JobDefinition } from './define-job.ts';

/** The job's own check of its parameters, where there are any: in a transaction that cannot write. Throws what the job throws. */
export async function checkParams(
  db: Kysely<Database>,
  definition: JobDefinition,
  params: Record<string, unknown>,
): Promise<void> {
  if (definition.checkParams === undefined || Object.keys(params).length === 0) return;
  await db
    .transaction()
    .setAccessMode('read only')
    .execute((trx) => definition.checkParams?.(params, trx) ?? Promise.resolve());
}
