import { sql } from 'kysely';
import { z } from 'zod';
import { warning } from '../../src/doctor/finding.ts';
import type { JobCheck } from '../../src/doctor/job-check.ts';
import { count } from '../../src/text/count.ts';

/** Rates that wait for a decision. */
export const rateCheck: JobCheck = {
  query: () => sql`select to_jsonb(count(*)) from opsdeck_jobs.fx_held where state = 'held'`,
  findings: (found) => {
    const held = z.int().parse(found);
    if (held === 0) return [];
    return [
      warning(
        `${count(held, 'exchange rate is', 'exchange rates are')} quarantined and ${held === 1 ? 'waits' : 'wait'} for a decision.`,
        'Run `opsdeck-jobs rates list --quarantined`, then `opsdeck-jobs rates accept CODE` or `opsdeck-jobs rates reject CODE`.',
      ),
    ];
  },
};
