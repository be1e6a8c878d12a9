import {
  type Renewal,
  type RenewalScope,
  reachedBefore,
  renewedKey,
} from '../../src/notify/outbox/renewal.ts';
import { mostCurrencies, queueAlert } from './announce-quarantined.ts';
import { lockRates } from './fx-rates.sql.ts';
import { readWaitingCurrencies } from './held.sql.ts';
import { quarantineEvent } from './quarantine-alert.ts';

/** Alerts that were too old when they could first be sent: one new alert reports what of them still waits. */
export async function renewQuarantineAlerts(scope: RenewalScope): Promise<Renewal> {
  const { trx, notifier } = scope;
  const held = scope.held.filter(({ event_code: code }) => code === quarantineEvent.code);
  if (held.length === 0) return { replaced: [], obsolete: [] };
  await lockRates(trx);
  const ids = held.map(({ communication_id: id }) => id);
  const keys = held.map(({ dedupe_key: key }) => key);
  const waiting = await readWaitingCurrencies(trx, mostCurrencies, keys);
  if (waiting.length === 0) return { replaced: [], obsolete: ids };
  const notTo = await reachedBefore(trx, held);
  const dedupeKey = `exchange-rates:quarantine:${renewedKey(held)}`;
  const { queued, allReached } = await queueAlert(trx, notifier, waiting, dedupeKey, notTo);
  // Whoever holds them is not written to any more, and all others have them.
  if (allReached === true) return { replaced: [], obsolete: ids };
  // The event is switched off, or nobody has an address: they stay on hold.
  return { replaced: queued.length === 0 ? [] : ids, obsolete: [] };
}
