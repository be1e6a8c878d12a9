import type { Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { JobContext } from '../../src/job/context.ts';
import { destinationKey } from '../../src/notify/park.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import type { ExpiringItem } from './item.ts';
import { ledgerRowKey, writeLedger } from './ledger.sql.ts';
import { everybody, type NewLedgerRow } from './ledger.ts';
import type { NamedItem } from './owner-list.ts';
import type { PlannedAlert } from './plan.ts';
import type { RunPlan } from './plan-run.sql.ts';

interface RecordKeys {
  /** Of the alerts at thresholds. */
  readonly dedupeKey: string;
  /** Of the items without an owner. */
  readonly listKey: string;
  readonly month: Day;
}

/** Writes the ledger, and returns what this run is to tell: those that no other run wrote at the same moment. */
export async function recordAlerts<S>(
  trx: Transaction<Database>,
  { dryRun, runId, clock }: JobContext<unknown, S>,
  { alerts, baseline, list }: Pick<RunPlan, 'alerts' | 'baseline' | 'list'>,
  { dedupeKey, listKey, month }: RecordKeys,
): Promise<{ readonly told: readonly PlannedAlert[]; readonly named: readonly NamedItem[] }> {
  if (dryRun) return { told: alerts, named: list.named };
  const past = baseline.map(
    ({ item, threshold }): NewLedgerRow => ({
      ...ledgerItem(item),
      destination: everybody,
      threshold,
      state: 'baseline',
      reason: null,
      dedupe_key: null,
      listed_for: null,
    }),
  );
  const alertRow = ({ item, destination, threshold, reason }: PlannedAlert): NewLedgerRow => ({
    ...ledgerItem(item),
    destination: destinationKey(destination),
    threshold,
    state: 'alerted',
    reason,
    dedupe_key: dedupeKey,
    listed_for: null,
  });
  const now = clock.now();
  const nameRow = ({ item, deadline, destination, reason }: NamedItem): NewLedgerRow => ({
    ...ledgerItem(item),
    destination: destinationKey(destination),
    threshold: deadline.daysLeft,
    state: 'alerted',
    reason,
    dedupe_key: listKey,
    listed_for: month,
  });
  const rows = [...past, ...alerts.map(alertRow), ...list.named.map(nameRow)];
  const written = await writeLedger(trx, rows, { runId, now });
  const told = alerts.filter((alert) => written.has(ledgerRowKey(alertRow(alert))));
  const covered = told.flatMap((alert) =>
    alert.covered.map((threshold): NewLedgerRow => ({ ...alertRow(alert), threshold, state: 'covered' })),
  );
  await writeLedger(trx, covered, { runId, now });
  return { told, named: list.named.filter((one) => written.has(ledgerRowKey(nameRow(one)))) };
}

function ledgerItem(item: ExpiringItem) {
  return {
    item_kind: item.kind,
    item_id: item.id,
    expiry_key: item.key,
    expires_on: item.expiresOn,
  };
}
