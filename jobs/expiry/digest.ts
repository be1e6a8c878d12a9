import type { Severity } from '../../src/job/severity.ts';
import { listedItems, type Notice, type NoticeItem, pageOf, worstOf } from '../../src/notify/notice.ts';
import type { AddressedMessage } from '../../src/notify/notifier.ts';
import { destinationKey } from '../../src/notify/park.ts';
import { count } from '../../src/text/count.ts';
import type { JsonObject } from '../../src/text/json.ts';
import { type Day, dayInWords, distanceInWords } from '../../src/time/calendar-day.ts';
import type { Rates } from './costs.sql.ts';
import { costInWords, totalInWords, totalOf } from './costs.ts';
import { type ItemKind, kindWords, pathOf } from './item.ts';
import type { PlannedAlert } from './plan.ts';

/** A mail with more items than this is not read. */
const listed = 50;

export interface DigestInput {
  readonly today: Day;
  readonly zone: string;
  /** Without a trailing slash. */
  readonly appBaseUrl: string | undefined;
  readonly dedupeKey: string;
  readonly eventOf: (kind: ItemKind) => string;
  readonly rates: Rates | null;
  /** How many items were past before the watch began, when it began in this run. */
  readonly baseline: number;
}

/** One message for each destination, with all its alerts of today, most urgent first. */
export function digestsOf(alerts: readonly PlannedAlert[], input: DigestInput): readonly AddressedMessage[] {
  const byDestination = new Map<string, PlannedAlert[]>();
  for (const alert of alerts) {
    const key = destinationKey(alert.destination);
    const same = byDestination.get(key);
    if (same === undefined) byDestination.set(key, [alert]);
    else same.push(alert);
  }
  return [...byDestination.values()].flatMap((some) => toDigest(some, input));
}

function toDigest(unsorted: readonly PlannedAlert[], input: DigestInput): AddressedMessage[] {
  const alerts = unsorted.toSorted(
    (a, b) => a.daysLeft - b.daysLeft || a.item.name.localeCompare(b.item.name) || a.item.id - b.item.id,
  );
  const [first] = alerts;
  if (first === undefined) return [];
  const ended = alerts.filter(({ daysLeft, item }) => daysLeft < 0 && item.happens !== 'renews').length;
  return [
    {
      eventCode: input.eventOf(first.item.kind),
      destination: first.destination,
      targetType: first.item.kind,
      targetId: first.item.id,
      dedupeKey: input.dedupeKey,
      notice: noticeOf(alerts, first, input),
      context: {
        total: alerts.length,
        ended,
        summary: summaryOf(alerts),
        first: `${first.item.name} ${sentenceOf(first)}`,
        today: dayInWords(input.today),
        zone: input.zone,
        rows: alerts.slice(0, listed).map(toRow),
        more: Math.max(0, alerts.length - listed),
        cost: totalInWords(
          totalOf(
            alerts.flatMap(({ item }) => item.cost ?? []),
            input.rates,
          ),
        ),
        baseline: input.baseline,
        fallback: alerts.some(({ reason }) => reason !== null),
        app_base_url: input.appBaseUrl ?? '',
        ...opsdeckNames(first),
      },
    },
  ];
}

/** One matter for each kind of items, to everybody. */
function noticeOf(alerts: readonly PlannedAlert[], first: PlannedAlert, input: DigestInput): Notice {
  return {
    severity: worstOf(alerts.map(severityOf)),
    state: 'open',
    thread: `expiry:${input.eventOf(first.item.kind)}`,
    url: pageOf(input.appBaseUrl, alerts.length === 1 ? pathOf(first.item) : ''),
    items: alerts.slice(0, listedItems).map((alert): NoticeItem => {
      const { item } = alert;
      return {
        type: item.kind,
        id: item.id,
        name: item.name,
        text: `${sentenceOf(alert)} (${item.expiresOn})`,
        severity: severityOf(alert),
        url: pageOf(input.appBaseUrl, pathOf(item)),
      };
    }),
    items_total: alerts.length,
  };
}

/** By the days that are left; what renews does not stop working. */
function severityOf({ daysLeft, item }: PlannedAlert): Severity {
  if (item.happens === 'renews') return daysLeft <= 7 ? 'medium' : 'low';
  if (daysLeft < 0) return 'critical';
  return daysLeft <= 7 ? 'high' : 'medium';
}

/** What OpsDeck's own templates expect of the one thing that they are about: the most urgent. `cost` is that of all. */
function opsdeckNames({ item, daysLeft }: PlannedAlert): JsonObject {
  const named = { [`${item.kind}_name`]: item.name, days_left: daysLeft };
  switch (item.kind) {
    case 'subscription':
      return { ...named, renewal_date: item.expiresOn };
    case 'credential':
      return { ...named, expiry_date: item.expiresOn, credential_type: item.detail };
    case 'certificate':
      return { ...named, expiry_date: item.expiresOn, issuer: item.detail };
    case 'license':
      return { ...named, expiry_date: item.expiresOn };
  }
}

/** `3 subscriptions and 1 licence`. */
function summaryOf(alerts: readonly PlannedAlert[]): string {
  const counts = new Map<ItemKind, number>();
  for (const { item } of alerts) counts.set(item.kind, (counts.get(item.kind) ?? 0) + 1);
  return [...counts]
    .map(([kind, items]) => count(items, kindWords[kind].one, kindWords[kind].many))
    .join(' and ');
}

/** `expires in 3 days`, `expired 2 days ago`, `renews tomorrow`. */
function sentenceOf({ item, daysLeft }: Pick<PlannedAlert, 'item' | 'daysLeft'>): string {
  const verbs = {
    renews: ['renews', 'renewed'],
    ends: ['ends', 'ended'],
    expires: ['expires', 'expired'],
  } as const;
  return `${verbs[item.happens][daysLeft < 0 ? 1 : 0]} ${distanceInWords(daysLeft)}`;
}

function toRow(alert: PlannedAlert): JsonObject {
  const { item, daysLeft, reason, missed } = alert;
  return {
    name: item.name,
    path: pathOf(item),
    kind: kindWords[item.kind].one,
    sentence: sentenceOf(alert),
    date: dayInWords(item.expiresOn),
    urgent: daysLeft <= 7,
    ended: daysLeft < 0,
    detail: item.detail,
    cost: item.cost === null ? '' : costInWords(item.cost),
    cancel_by: item.cancelBy === null ? '' : dayInWords(item.cancelBy),
    break_glass: item.breakGlass,
    differences: [...item.differences],
    missed: missedInWords(missed),
    reason: reason ?? '',
  };
}

/** Thresholds that no run was there for; empty: none. */
function missedInWords(missed: readonly number[]): string {
  if (missed.length === 0) return '';
  const when = missed.map((days) => {
    if (days === 0) return 'on the day';
    const distance = count(Math.abs(days), 'day');
    return `${distance} ${days > 0 ? 'before' : 'after'}`;
  });
  return `No run took place when this alert was due: ${when.join(', ')}`;
}
