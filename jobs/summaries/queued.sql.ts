import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';

/** One statement: which of these keys a message has, whoever it went to and whatever became of it. */
export async function findKeys(db: Kysely<Database>, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ key: string }>`
    select distinct dedupe_key as key from opsdeck_jobs.message where dedupe_key = any (${keys}::text[])`.execute(
    db,
  );
  return new Set(rows.map(({ key }) => key));
}
