import { sql, type Transaction } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { HeldMessage, Renewal, RenewalScope } from '../notify/outbox/renewal.ts';

/**
 * Alerts about a failing job that are too old. While the job fails a newer one follows each day, and one when it works again: each
 * replaces what is on hold before it. That a job works again is no news where nobody was alerted that it failed.
 */
export async function renewFailureAlerts({ trx, held }: RenewalScope): Promise<Renewal> {
  const replaced: number[] = [];
  const obsolete: number[] = [];
  const unchanged: number[] = [];
  for (const one of await withFollowers(trx, held)) {
    if (one.recovered) {
      (one.alerted ? unchanged : obsolete).push(one.communication_id);
    } else if (one.recovered_later) obsolete.push(one.communication_id);
    else if (one.newer) replaced.push(one.communication_id);
  }
  return { replaced, obsolete, unchanged };
}

interface Followed {
  readonly communication_id: number;
  /** It reports that the job works again. */
  readonly recovered: boolean;
  /** An alert of its streak went to the same destination, or may have. */
  readonly alerted: boolean;
  /** The job works again since. */
  readonly recovered_later: boolean;
  /** A newer alert of the same streak goes, or went, to the same destination. */
  readonly newer: boolean;
}

/** One statement. */
async function withFollowers(
  trx: Transaction<Database>,
  held: readonly HeldMessage[],
): Promise<readonly Followed[]> {
  const ids = held.map(({ communication_id: id }) => id);
  const { rows } = await sql<Followed>`
    select m.communication_id, coalesce((m.context->>'recovered')::boolean, false) as recovered,
           coalesce(bool_or(o.context->>'recovered' is null and o.state in ('sent', 'sending', 'unknown', 'failed')), false) as alerted,
           coalesce(bool_or(o.context->>'recovered' is not null), false) as recovered_later,
           coalesce(bool_or(o.context->>'recovered' is null and o.state <> 'cancelled'
                            and (o.context->>'day')::integer > (m.context->>'day')::integer), false) as newer
      from opsdeck_jobs.message m
      left join opsdeck_jobs.message o
        on o.event_code = m.event_code and o.job = m.job and o.context->>'streak' = m.context->>'streak'
       and o.channel = m.channel and o.destination = m.destination and o.id <> m.id
     where m.communication_id = any (${ids}::integer[])
     group by m.communication_id, m.context->>'recovered', m.context->>'day'`.execute(trx);
  return rows;
}
