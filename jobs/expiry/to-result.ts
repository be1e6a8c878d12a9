import { destinationKey } from '../../src/notify/park.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import type { ExpiringItem, FoundItems, ItemKind } from './item.ts';
import { expiryKey } from './ledger.ts';
import type { NamedItem } from './owner-list.ts';
import type { Plan, PlannedAlert } from './plan.ts';
import { type ExpiryResult, mostListed, type ReportedAlert, type ReportedItem } from './result.ts';

export interface ExpiryOutcome {
  readonly today: Day;
  readonly kinds: readonly ItemKind[];
  /** In the order of the kinds. */
  readonly found: readonly FoundItems[];
  readonly firstRun: readonly ItemKind[];
  readonly plan: Plan;
  readonly told: readonly PlannedAlert[];
  readonly named: readonly NamedItem[];
  readonly rearmed: number;
  readonly messagesQueued: number;
  readonly notes: readonly string[];
}

export function toResult(outcome: ExpiryOutcome): ExpiryResult {
  const { plan, told, found } = outcome;
  const alerts = byItem(told);
  const problems = found.flatMap((one) => one.problems);
  const named = [...new Set(outcome.named.map(({ item }) => item))].sort(byDate);
  const nobody = plan.withoutRecipient.toSorted(byDate);
  return {
    today: outcome.today,
    watched: Object.fromEntries(outcome.kinds.map((kind, index) => [kind, found[index]?.total ?? 0])),
    first_run: outcome.firstRun,
    alerted: alerts.length,
    named_without_owner: named.length,
    without_owner: named.slice(0, mostListed).map(toReported),
    baseline: plan.baseline.length,
    rearmed: outcome.rearmed,
    snoozed: plan.held.snoozed,
    acknowledged: plan.held.acknowledged,
    messages_queued: outcome.messagesQueued,
    alerts: alerts.slice(0, mostListed),
    problem_count: problems.length,
    problems: problems.slice(0, mostListed).map((problem) => ({ ...problem })),
    without_recipient_count: nobody.length,
    without_recipient: nobody.slice(0, mostListed).map(toReported),
    notes: [...new Set(outcome.notes)],
  };
}

/** An item that goes to several destinations is one entry; most urgent first. */
function byItem(told: readonly PlannedAlert[]): ReportedAlert[] {
  const entries = new Map<string, Omit<ReportedAlert, 'to'> & { to: string[] }>();
  for (const alert of told) {
    const key = expiryKey(alert.item);
    const entry = entries.get(key);
    if (entry !== undefined) {
      entry.to.push(destinationKey(alert.destination));
      continue;
    }
    entries.set(key, {
      ...toReported(alert.item),
      days_left: alert.daysLeft,
      threshold: alert.threshold,
      covered: alert.covered,
      happens: alert.item.happens,
      break_glass: alert.item.breakGlass,
      to: [destinationKey(alert.destination)],
    });
  }
  return [...entries.values()].sort(
    (a, b) => a.days_left - b.days_left || a.kind.localeCompare(b.kind) || a.id - b.id,
  );
}

function toReported(item: ExpiringItem): ReportedItem {
  return { kind: item.kind, id: item.id, name: item.name, expires_on: item.expiresOn };
}

function byDate(a: ExpiringItem, b: ExpiringItem): number {
  return a.expiresOn.localeCompare(b.expiresOn) || a.id - b.id;
}
