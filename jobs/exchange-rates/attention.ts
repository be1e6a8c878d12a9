import { sql } from 'kysely';
import { z } from 'zod';
import { attentionOf, instant } from '../../src/job/attention.ts';
import { count } from '../../src/text/count.ts';

/** Rates that are kept out of use until somebody decides. */
export const rateAttention = attentionOf(
  z.object({ rates: z.int(), currencies: z.string().nullable(), since: instant }),
  () => sql`
    select count(*)::integer as rates, string_agg(distinct quote, ', ' order by quote) as currencies,
           min(fetched_at) as since
      from opsdeck_jobs.fx_held where state = 'held'`,
  (rows) =>
    rows.flatMap(({ rates, currencies, since }) =>
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
    ),
);
