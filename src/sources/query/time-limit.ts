import { sql, type Transaction } from 'kysely';
import { endEmbeddedAfter } from '../../db/end-after.ts';
import type { Database } from '../../db/tables.ts';

/** How long some statements of a transaction may take together. */
export interface TimeLimit {
  readonly ms: number;
  /** By the database's clock, in seconds since the Unix epoch, as text. */
  readonly startedAt: string;
}

/** Begins now. */
export async function startLimit(trx: Transaction<Database>, ms: number): Promise<TimeLimit> {
  const { rows } = await sql<{
    at: string;
  }>`select extract(epoch from clock_timestamp())::text as at`.execute(trx);
  const [now] = rows;
  if (now === undefined) throw new Error('the clock gave no row');
  return { ms, startedAt: now.at };
}

/**
 * A statement that gets what is left of the limit; then the database ends it. Whoever calls takes `statement_timeout` back, which
 * stays changed until then.
 */
export async function within<T>(
  trx: Transaction<Database>,
  { ms, startedAt }: TimeLimit,
  statement: () => Promise<T>,
): Promise<T> {
  const { rows } = await sql<{ left: number }>`
    with remaining as (
      select greatest(1, ${ms}::bigint - floor(1000 * (extract(epoch from clock_timestamp()) - ${startedAt}::numeric)))::integer as left
    )
    select remaining.left, set_config('statement_timeout', remaining.left::text, true) from remaining`.execute(
    trx,
  );
  return endEmbeddedAfter(trx, rows[0]?.left ?? 1, statement);
}
