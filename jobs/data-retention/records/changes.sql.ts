import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { changeHash } from '../../compliance-drift/chain.sql.ts';
import type { Target } from '../policy/target.ts';
import type { ManifestDocument } from './manifest.sql.ts';

type Changes = NonNullable<ManifestDocument['changes']>;

const row = z.object({ audit_id: z.int(), id: z.string(), hash: z.string() });

/** One statement: the rows of `drift_event` with what the link of their snapshot has of each. null: the policy is of another table. */
export async function changesOf(
  trx: Kysely<Database>,
  { policy }: Target,
  keys: readonly string[],
): Promise<Changes | null> {
  const takes = policy.action === 'archive_then_delete' || policy.action === 'delete';
  if (policy.table !== 'opsdeck_jobs.drift_event' || !takes) return null;
  const { rows } = await sql`
    select e.audit_id, e.id::text, encode(${changeHash}, 'hex') as hash from opsdeck_jobs.drift_event e
     where e.id = any (${[...keys]}::text[]::uuid[]) order by e.audit_id, e.id`.execute(trx);
  return rows.map((one) => row.parse(one)).map(({ audit_id, id, hash }) => [audit_id, id, hash]);
}

/** Those that are not in the table any more. */
export async function removedOf(trx: Kysely<Database>, changes: Changes): Promise<Changes> {
  const { rows } = await sql<{ id: string }>`
    select id::text from opsdeck_jobs.drift_event where id = any (${changes.map(([, id]) => id)}::text[]::uuid[])`.execute(
    trx,
  );
  const left = new Set(rows.map(({ id }) => id));
  return changes.filter(([, id]) => !left.has(id));
}
