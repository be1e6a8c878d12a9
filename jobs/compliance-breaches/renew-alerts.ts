/*
 * Alerts of this job that were too old when they could first be sent. The ledger has the rules whose last alert a held message is. Those
 * that are not met now are alerted in one message; of the rest nothing is left to report. A rule that another alert has named meanwhile
 * stays due: the held message counts as not sent, and the next run alerts about it.
 */
import {
  type Renewal,
  type RenewalScope,
  reachedBefore,
  renewedKey,
} from '../../src/notify/outbox/renewal.ts';
import { dayOf } from '../../src/time/calendar-day.ts';
import { planForMany } from '../compliance-drift/plan-for-many.sql.ts';
import { breachAlert, breachEvent } from './alert.ts';
import { findBreaches, scopeOf } from './breaches.sql.ts';
import { recordAlerts, rulesAlertedBy } from './ledger.sql.ts';
import type { DueBreach } from './plan.ts';
import { usualRecipients } from './recipients.sql.ts';
import { breachSettings, repeatDays } from './settings.ts';

export async function renewBreachAlerts(scope: RenewalScope): Promise<Renewal> {
  const { trx, now, zones, appBaseUrl, notifier } = scope;
  const held = scope.held.filter(({ event_code: code }) => code === breachEvent.code);
  const ids = held.map(({ communication_id: id }) => id);
  const [worst, ...others] = await stillDue(
    scope,
    held.map(({ dedupe_key: key }) => key),
  );
  if (worst === undefined) return { replaced: [], obsolete: ids };
  const runId = held.at(-1)?.run_id ?? '';
  const dedupeKey = `compliance-breaches:${renewedKey(held)}`;
  const message = breachAlert([worst, ...others], {
    ...{ runId, takenAt: now, zone: zones.business, appBaseUrl },
    ...(await usualRecipients(trx)),
    repeat: repeatDays(breachSettings.parse(scope.settings)),
  });
  const notTo = await reachedBefore(trx, held);
  const { queued, allReached } = await notifier.enqueue(trx, { ...message, dedupeKey, notTo });
  // Whoever holds them is not written to any more, and all others have them.
  if (allReached === true) return { replaced: [], obsolete: ids };
  // The event is switched off, or nobody has an address: they stay on hold.
  if (queued.length === 0) return { replaced: [], obsolete: [] };
  await recordAlerts(trx, [worst, ...others], { today: dayOf(now, zones.business), dedupeKey, runId });
  return { replaced: ids, obsolete: [] };
}

/** In breach now; each counts the held alert as not sent. */
async function stillDue(scope: RenewalScope, dedupeKeys: readonly string[]): Promise<readonly DueBreach[]> {
  const rules = await rulesAlertedBy(scope.trx, dedupeKeys);
  if (rules.size === 0) return [];
  await planForMany(scope.trx);
  const { breaches } = await findBreaches(scope.trx, scopeOf(scope));
  return breaches
    .filter(({ rule_id: id, named_by: by }) => rules.has(id) && by === null)
    .map((one) => {
      const alerts = Math.max(0, one.alerts - 1);
      return { ...one, alerts, why: alerts === 0 ? 'new' : 'repeated' };
    });
}
