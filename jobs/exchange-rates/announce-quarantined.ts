import { sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { EnqueueResult, Notifier } from '../../src/notify/notifier.ts';
import { count } from '../../src/text/count.ts';
import { readWaitingCurrencies, type WaitingCurrency } from './held.sql.ts';
import { quarantineAlert } from './quarantine-alert.ts';

/** Of ISO 4217 there are some 180; an alert lists the first. */
export const mostCurrencies = 10_000;

/**
 * Alerts the administrators about the currencies of which rates wait for a decision, and of which no alert has reported one that still
 * waits. Answers that there is nobody to alert; null otherwise. With nobody to alert, and while the event is switched off, the next run tries
 * again.
 */
export async function announceQuarantined(
  trx: Transaction<Database>,
  notifier: Notifier,
  dedupeKey: string,
): Promise<string | null> {
  const [first, ...others] = await readWaitingCurrencies(trx, mostCurrencies, 'unannounced');
  if (first === undefined) return null;
  const currencies = [first, ...others];
  const { noRecipient, notes } = await queueAlert(trx, notifier, currencies, dedupeKey);
  if (noRecipient !== true) return null;
  return `rates of ${count(currencies.length, 'currency', 'currencies')} are quarantined, and no administrator was alerted: ${notes.join('; ')}`;
}

/** Queues the alert, and records which rates it reported unless it reached nobody. */
export async function queueAlert(
  trx: Transaction<Database>,
  notifier: Notifier,
  currencies: readonly WaitingCurrency[],
  dedupeKey: string,
  notTo: ReadonlySet<string> = new Set(),
): Promise<EnqueueResult> {
  const queueing = await notifier.enqueue(trx, { ...quarantineAlert(currencies, dedupeKey), notTo });
  if (queueing.queued.length > 0) await markAnnounced(trx, currencies, dedupeKey);
  return queueing;
}

async function markAnnounced(
  trx: Transaction<Database>,
  currencies: readonly WaitingCurrency[],
  dedupeKey: string,
): Promise<void> {
  await sql`
    update opsdeck_jobs.fx_held h set announced_by = ${dedupeKey}
      from unnest(${currencies.map(({ provider }) => provider)}::text[], ${currencies.map(({ base }) => base)}::text[],
                  ${currencies.map(({ quote }) => quote)}::text[]) as c (provider, base, quote)
     where h.state = 'held' and (h.provider, h.base, h.quote) = (c.provider, c.base, c.quote)`.execute(trx);
}
