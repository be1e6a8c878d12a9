import { sql } from 'kysely';
import type { ReadAttention } from '../../src/job/attention.ts';
import { count } from '../../src/text/count.ts';

/** Rates that are kept out of use until somebody decides. */
export const rateAttention: ReadAttention = async (db) => {
  const { rows } = await sql<{ rates: number; currencies: string | null; since: Date | null }>`
    select count(*)::integer as rates, string_agg(distinct quote, ', ' order by quote) as currencies,
           min(fetched_at) as since
      from opsdeck_jobs.fx_held where state = 'held'`.execute(db);
  return rows.flatMap(({ rates, currencies, since }) =>
    rates === 0
      ? []
      : [
          {
            severity: 'medium',
            what: `${count(rates, 'quarantined rate')}: ${currencies ?? ''}`,
            since,
            next: 'rates list --quarantined',
          },
        ],
  );
};
