import { sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { Notifier } from '../../src/notify/notifier.ts';
import type { Renewal, RenewalScope } from '../../src/notify/outbox/renewal.ts';
import { count } from '../../src/text/count.ts';
import type { PolicyResult } from './result.ts';
import { waitingAlert, waitingEvent } from './waiting-alert.ts';

export interface WaitingRun {
  readonly policies: readonly PolicyResult[];
  /** By policy: what is accepted is accepted for this content, so a policy that was changed is another matter. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly dedupeKey: string;
}

/**
 * Alerts the administrators about the policies of a run that wait for an acceptance, and that no alert has reported since they wait: a
 * run in which a policy did not wait ends that. Answers that there is nobody to alert; null otherwise. With nobody to alert, and while
 * the event is switched off, the next run tries again.
 */
export async function announceWaiting(
  trx: Transaction<Database>,
  notifier: Notifier,
  { policies, hashes, dedupeKey }: WaitingRun,
): Promise<string | null> {
  const waiting = policies.filter(({ accept }) => accept !== null);
  const undecided = policies.filter(({ accept, failed }) => accept !== null || failed !== null);
  await sql`
    update opsdeck_jobs.retention_offer set announced_by = null
     where announced_by is not null and policy <> all (${namesOf(undecided)}::text[])`.execute(trx);
  const reported = await readReported(trx, hashes);
  const fresh = waiting.filter(({ policy }) => !reported.has(policy));
  if (fresh.length === 0) return null;
  const { queued, noRecipient, notes } = await notifier.enqueue(trx, waitingAlert(fresh, dedupeKey));
  if (queued.length > 0) {
    await sql`
      update opsdeck_jobs.retention_offer o set announced_by = ${dedupeKey}
        from unnest(${namesOf(fresh)}::text[], ${fresh.map(({ policy }) => hashes.get(policy) ?? '')}::text[])
          as f (policy, policy_hash)
       where (o.policy, o.policy_hash) = (f.policy, f.policy_hash)`.execute(trx);
  }
  if (noRecipient !== true) return null;
  return `${count(fresh.length, 'policy', 'policies')} wait${fresh.length === 1 ? 's' : ''} for an acceptance, and no administrator was alerted: ${notes.join('; ')}`;
}

function namesOf(policies: readonly PolicyResult[]): string[] {
  return policies.map(({ policy }) => policy);
}

async function readReported(
  trx: Transaction<Database>,
  hashes: ReadonlyMap<string, string>,
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ policy: string; policy_hash: string }>`
    select policy, policy_hash from opsdeck_jobs.retention_offer where announced_by is not null`.execute(trx);
  const now = rows.filter(({ policy, policy_hash: hash }) => hashes.get(policy) === hash);
  return new Set(now.map(({ policy }) => policy));
}

/**
 * Alerts that were too old when they could first be sent. One whose policies all wait is as true as it was. Of another the next run
 * alerts about what still waits.
 */
export async function renewWaitingAlerts({ trx, held }: RenewalScope): Promise<Renewal> {
  const ours = held.filter(({ event_code: code }) => code === waitingEvent.code);
  const reported = await readReportedBy(
    trx,
    ours.map(({ dedupe_key: key }) => key),
  );
  const [unchanged, obsolete]: [number[], number[]] = [[], []];
  for (const { communication_id: id, dedupe_key: key, context } of ours) {
    (context['total'] === reported.get(key) ? unchanged : obsolete).push(id);
  }
  const gone = ours.filter(({ communication_id: id }) => obsolete.includes(id));
  await sql`
    update opsdeck_jobs.retention_offer set announced_by = null
     where announced_by = any (${gone.map(({ dedupe_key: key }) => key)}::text[])`.execute(trx);
  return { replaced: [], obsolete, unchanged };
}

/** How many policies that an alert reported still wait, by its key. */
async function readReportedBy(
  trx: Transaction<Database>,
  keys: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ key: string; policies: number }>`
    select announced_by as key, count(distinct policy)::integer as policies from opsdeck_jobs.retention_offer
     where announced_by = any (${[...keys]}::text[]) group by announced_by`.execute(trx);
  return new Map(rows.map(({ key, policies }) => [key, policies]));
}
