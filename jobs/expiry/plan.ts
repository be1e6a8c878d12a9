import { personDestination } from '../../src/notify/create-notifier.ts';
import type { Destination, EventRoute } from '../../src/notify/notifier.ts';
import { destinationKey } from '../../src/notify/park.ts';
import { type Day, daysBetween } from '../../src/time/calendar-day.ts';
import { decide } from './decide.ts';
import { type ExpiringItem, type ItemKind, isOwnedKind } from './item.ts';
import { everybody, expiryKey, failedAt, type Ledger, type LedgerEntry, sentTo } from './ledger.ts';
import {
  type Addressee,
  addresseesOf,
  type Fallbacks,
  type FoundOwner,
  fallbackAddressees,
} from './owners.ts';
import { isPast, reached } from './thresholds.ts';

/** One item that is alerted to one destination. */
export interface PlannedAlert {
  readonly item: ExpiringItem;
  readonly daysLeft: number;
  readonly destination: Destination;
  /** Why it goes there, when that is not because of the owner. */
  readonly reason: string | null;
  /** Whose it is, where somebody else is told; null: the reader's, or nobody's. */
  readonly ownerName: string | null;
  readonly threshold: number;
  readonly covered: readonly number[];
  readonly missed: readonly number[];
}

/** What the plan is made from. */
export interface PlanInput {
  readonly today: Day;
  readonly items: readonly ExpiringItem[];
  readonly ledger: Ledger;
  readonly routes: ReadonlyMap<ItemKind, Pick<EventRoute, 'channels' | 'shared' | 'recipients'>>;
  /** The day of the last run, by kind; absent: this is the first. */
  readonly lastRuns: ReadonlyMap<ItemKind, Day>;
  readonly owner: (item: ExpiringItem) => FoundOwner | null;
  readonly fallbacks: Fallbacks;
  readonly hold: (item: ExpiringItem) => 'snoozed' | 'acknowledged' | null;
  /** It has no owner: a list of the month names it, not a mail at each threshold. */
  readonly isListed: (item: ExpiringItem) => boolean;
}

/** An item that was past its last threshold when the watch began. */
export interface PastItem {
  readonly item: ExpiringItem;
  readonly threshold: number;
  /** Those who own it and can be told so. */
  readonly owners: readonly Destination[];
}

export interface Plan {
  readonly alerts: readonly PlannedAlert[];
  /** Past before the watch began, with the threshold that they are past. */
  readonly baseline: readonly PastItem[];
  /** Due, and there is no recipient. */
  readonly withoutRecipient: readonly ExpiringItem[];
  /** Would be due but for a decision to keep them quiet. */
  readonly held: Readonly<Record<'snoozed' | 'acknowledged', number>>;
}

/** Items of which a threshold has been reached: the others need no look at the ledger. */
export function reachedItems(items: readonly ExpiringItem[], today: Day): readonly ExpiringItem[] {
  return items.filter((item) => reached(item.thresholds, daysBetween(today, item.expiresOn)) !== undefined);
}

/** Pure: who is alerted of what today. */
export function planAlerts(input: PlanInput): Plan {
  const alerts: PlannedAlert[] = [];
  const baseline: PastItem[] = [];
  const withoutRecipient: ExpiringItem[] = [];
  const held = { snoozed: 0, acknowledged: 0 };
  for (const item of input.items) {
    const route = input.routes.get(item.kind);
    const daysLeft = daysBetween(input.today, item.expiresOn);
    const threshold = reached(item.thresholds, daysLeft);
    if (route === undefined || route.channels.length === 0 || threshold === undefined) continue;
    const entries = (input.ledger.get(expiryKey(item)) ?? []).filter(({ listedFor }) => listedFor === null);
    const lastRun = input.lastRuns.get(item.kind);
    if (lastRun === undefined && isPast(item.thresholds, daysLeft)) {
      if (sentTo(entries, everybody) === null)
        baseline.push({ item, threshold, owners: ownersOf(item, route, input) });
      continue;
    }
    const places = placesOf(item, entries, route, input);
    if (places.length === 0) {
      if (isOnlyListed(item, route, input)) continue;
      const sent = sentTo(entries, everybody);
      if ((sent === null || sent > threshold) && input.hold(item) === null) withoutRecipient.push(item);
      continue;
    }
    const ownerName = input.owner(item)?.name ?? null;
    let quiet: 'snoozed' | 'acknowledged' | null = null;
    for (const { destination, reason, isOwner } of places) {
      const sent = sentTo(entries, destinationKey(destination));
      if (item.owner === null && sent !== null && isOnce(item, sent, threshold)) continue;
      const decision = decide({
        thresholds: item.thresholds,
        daysLeft,
        sent,
        firstRun: false,
        daysLeftAtLastRun: lastRun === undefined ? null : daysBetween(lastRun, item.expiresOn),
        hold: input.hold(item),
      });
      if (decision.kind === 'alert') {
        alerts.push({
          item,
          daysLeft,
          destination,
          reason,
          ownerName: isOwner ? null : ownerName,
          ...decision,
        });
      } else if (
        decision.kind === 'quiet' &&
        (decision.why === 'snoozed' || decision.why === 'acknowledged')
      ) {
        quiet = decision.why;
      }
    }
    if (quiet !== null) held[quiet] += 1;
  }
  return { alerts, baseline, withoutRecipient, held };
}

/**
 * Items that need no owner go to the fallback once, not at every threshold: once before the last day for notice, where the item ends
 * after it, and once about its end.
 */
function isOnce(item: ExpiringItem, sent: number, threshold: number): boolean {
  if (isOwnedKind(item.kind)) return false;
  const isOfNotice = (days: number) =>
    item.cancelBy !== null && item.happens !== 'renews' && days > daysBetween(item.cancelBy, item.expiresOn);
  return isOfNotice(sent) === isOfNotice(threshold);
}

interface Place {
  readonly destination: Destination;
  readonly reason: string | null;
  /** Its owner, or one of the group that owns it. */
  readonly isOwner: boolean;
}

/** Where an item is alerted: shared channels, and people by e-mail; a channel at which a message was in vain gives way to the fallback. */
function placesOf(
  item: ExpiringItem,
  entries: readonly LedgerEntry[],
  route: Pick<EventRoute, 'channels' | 'shared' | 'recipients'>,
  input: Pick<PlanInput, 'owner' | 'fallbacks' | 'isListed'>,
): readonly Place[] {
  const { owner, fallbacks } = input;
  const unreachable = (address: string) =>
    failedAt(entries, destinationKey({ channel: 'email', destination: address }));
  const places = new Map<string, Place>();
  const add = (destination: Destination, reason: string | null, isOwner = false) => {
    const key = destinationKey(destination);
    if (!places.has(key)) places.set(key, { destination, reason, isOwner });
  };
  const people: Addressee[] = [];
  if (goesToOwners(route)) {
    if (!input.isListed(item)) people.push(...addresseesOf(item.owner, owner(item), fallbacks, unreachable));
  } else if (route.channels.includes('email')) {
    const arriving = (route.recipients ?? []).filter((one) => !failedAt(entries, destinationKey(one)));
    for (const one of arriving) add(one, null);
    if (arriving.length === 0) {
      const why = 'no recipient that is configured can be reached';
      people.push(...fallbackAddressees(why, fallbacks, unreachable));
    }
  }
  for (const shared of route.shared) {
    if (!failedAt(entries, destinationKey(shared))) add(shared, null);
    else {
      const why = `a message to ${shared.channel} could not be delivered`;
      people.push(...fallbackAddressees(why, fallbacks, unreachable));
    }
  }
  for (const { address, name, userId, reason } of people) {
    const person = personDestination({ address, name, userId, via: userId === null ? 'address' : 'user' });
    add(person, reason, reason === null);
  }
  return [...places.values()];
}

/** Do mails go to the owner of each item? */
export function goesToOwners({ channels, recipients }: Pick<EventRoute, 'channels' | 'recipients'>): boolean {
  return channels.includes('email') && recipients === null;
}

function isOnlyListed(
  item: ExpiringItem,
  route: Pick<EventRoute, 'channels' | 'recipients'>,
  { isListed }: Pick<PlanInput, 'isListed'>,
): boolean {
  return goesToOwners(route) && isListed(item);
}

/** Those who own an item that nothing keeps quiet, as far as mails go to owners. */
function ownersOf(
  item: ExpiringItem,
  route: Pick<EventRoute, 'channels' | 'shared' | 'recipients'>,
  input: PlanInput,
): readonly Destination[] {
  if (input.hold(item) !== null) return [];
  return placesOf(item, [], route, input)
    .filter(({ isOwner }) => isOwner)
    .map(({ destination }) => destination);
}
