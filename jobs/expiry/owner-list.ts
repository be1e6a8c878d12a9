/*
 * Items whose owner left, or that have none where there should be one: nobody is alerted at their thresholds. The first run of a month
 * names all of them that end before the list after next in one message to the administrators, a list for each job; whatever appears
 * later and ends before the next list is named at once, in one message to the fallback recipient.
 *
 * So no item ends unnamed between two lists, also when the next one is some weeks late. A list that did not arrive is due again.
 */

import { personDestination } from '../../src/notify/create-notifier.ts';
import type { Destination, EventRoute } from '../../src/notify/notifier.ts';
import { destinationKey } from '../../src/notify/park.ts';
import { type Day, daysBetween } from '../../src/time/calendar-day.ts';
import { type Deadline, deadlineOf } from './deadline.ts';
import type { ExpiringItem, ItemKind } from './item.ts';
import { expiryKey, failedAt, type Ledger, type LedgerEntry } from './ledger.ts';
import { lastListed, lastOf, listMonth, monthInWords, nextListMonth } from './list-month.ts';
import type { Fallbacks, OwnerUser } from './owners.ts';
import { isPast } from './thresholds.ts';

type ListRoute = Pick<EventRoute, 'channels' | 'shared' | 'recipients'>;

export interface ListInput {
  readonly today: Day;
  /** Without an owner. */
  readonly items: readonly ExpiringItem[];
  readonly ledger: Ledger;
  readonly route: ListRoute;
  readonly fallbacks: Fallbacks;
  /** Was the list of this month made? */
  readonly isMade: (kind: ItemKind) => boolean;
  /** Nothing of this kind was watched before. */
  readonly isFirstRun: (kind: ItemKind) => boolean;
  readonly isHeld: (item: ExpiringItem) => boolean;
  /** Why it has no owner. */
  readonly reason: (item: ExpiringItem) => string;
}

/** One item that is named to one destination. */
export interface NamedItem {
  readonly item: ExpiringItem;
  readonly deadline: Deadline;
  readonly destination: Destination;
  /** In a list of the month; else it is named at once. */
  readonly inList: boolean;
  readonly why: string;
  /** Why, and in what it is named: for the ledger. */
  readonly reason: string;
}

export interface OwnerList {
  readonly named: readonly NamedItem[];
  /** To be named, and there is no recipient. */
  readonly withoutRecipient: readonly ExpiringItem[];
}

/** Pure: what is named today, and to whom. */
export function planOwnerList(input: ListInput): OwnerList {
  const { today, route } = input;
  const month = listMonth(today);
  const named: NamedItem[] = [];
  const withoutRecipient: ExpiringItem[] = [];
  if (route.channels.length === 0) return { named, withoutRecipient };
  for (const item of input.items) {
    if (input.isHeld(item)) continue;
    const daysLeft = daysBetween(today, item.expiresOn);
    const entries = input.ledger.get(expiryKey(item)) ?? [];
    const wasAlerted = entries.some(({ outcome }) => outcome === 'sent');
    if (isPast(item.thresholds, daysLeft) && (input.isFirstRun(item.kind) || wasAlerted)) continue;
    const ofMonth = entries.filter(({ listedFor }) => listedFor === month);
    const isNamed = ofMonth.some(({ outcome }) => outcome === 'sent');
    const isNew = !input.isMade(item.kind);
    const inList = isNew || ofMonth.length > 0;
    const deadline = deadlineOf({ item, daysLeft }, today);
    if (deadline.day > (inList ? lastListed(month) : lastOf(month))) continue;
    const places = placesOf(inList, ofMonth, input);
    if (places.length === 0) withoutRecipient.push(item);
    for (const destination of places) {
      const there = ofMonth.filter((entry) => entry.destination === destinationKey(destination));
      if (there.some(({ outcome }) => outcome === 'sent')) continue;
      if (!isNew && isNamed && !there.some(({ outcome }) => outcome === 'withdrawn')) continue;
      const why = input.reason(item);
      const how = inList
        ? `in the list of ${monthInWords(month)}`
        : `at once, before the list of ${monthInWords(nextListMonth(month))}`;
      named.push({ item, deadline, destination, inList, why, reason: `${why}; named ${how}` });
    }
  }
  return { named, withoutRecipient };
}

/** Shared channels, and by e-mail who is configured, or the administrators; one item at once goes to the fallback recipient first. */
function placesOf(
  inList: boolean,
  entries: readonly LedgerEntry[],
  { route, fallbacks }: Pick<ListInput, 'route' | 'fallbacks'>,
): readonly Destination[] {
  if (!route.channels.includes('email')) return route.shared;
  if (route.recipients !== null) return [...route.shared, ...route.recipients];
  const arrives = (one: Destination) => !failedAt(entries, destinationKey(one));
  const administrators = fallbacks.admins.flatMap(toDestination);
  const fallback = fallbacks.recipient === null ? [] : [toPlace(fallbacks.recipient)];
  const groups = inList ? [administrators, fallback] : [fallback, administrators];
  const people =
    groups.map((group) => group.filter(arrives)).find((group) => group.length > 0) ??
    // A message there was in vain, and there is nobody else.
    groups.find((group) => group.length > 0) ??
    [];
  return [...route.shared, ...people];
}

function toPlace(address: string): Destination {
  return personDestination({ address, name: null, userId: null, via: 'address' });
}

function toDestination({ address, name, id, archived }: OwnerUser): Destination[] {
  return archived || address === null ? [] : [personDestination({ address, name, userId: id, via: 'user' })];
}
