import type { Severity } from '../../src/job/severity.ts';
import { whomToAsk } from '../../src/notify/administrators.ts';
import { listedItems, type Notice, type NoticeItem, pageOf, worstOf } from '../../src/notify/notice.ts';
import type { AddressedMessage, Destination } from '../../src/notify/notifier.ts';
import { destinationKey } from '../../src/notify/park.ts';
import { count } from '../../src/text/count.ts';
import type { JsonObject } from '../../src/text/json.ts';
import { type Day, dayInWords } from '../../src/time/calendar-day.ts';
import type { Rates } from './costs.sql.ts';
import { costInWords, sumsInWords } from './costs.ts';
import { type Deadline, deadlineOf, noticeEnded } from './deadline.ts';
import { type ExpiringItem, type ItemKind, kindWords, pathOf } from './item.ts';
import type { OwnerUser } from './owners.ts';
import type { PastItem, PlannedAlert } from './plan.ts';

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
  /** What was past before the watch began, when it began in this run. */
  readonly past: readonly PastItem[];
  /** Those who can silence alerts. */
  readonly administrators: readonly OwnerUser[];
  /** The address of the fallback recipient; null: there is none. */
  readonly fallback: string | null;
}

/** What one destination gets today. */
interface Digest {
  readonly destination: Destination;
  readonly alerts: PlannedAlert[];
  /** The reader's, past before the watch began. */
  readonly past: ExpiringItem[];
}

/** An alert with what is to be done next about its item, and by when. */
type Due = PlannedAlert & { readonly deadline: Deadline };

/** One message for each destination, with all its alerts of today, the next deadline first. */
export function digestsOf(alerts: readonly PlannedAlert[], input: DigestInput): readonly AddressedMessage[] {
  const digests = new Map<string, Digest>();
  const digestFor = (destination: Destination): Digest => {
    const key = destinationKey(destination);
    const digest = digests.get(key) ?? { destination, alerts: [], past: [] };
    digests.set(key, digest);
    return digest;
  };
  for (const alert of alerts) digestFor(alert.destination).alerts.push(alert);
  for (const { item, owners } of input.past) {
    for (const owner of owners) digestFor(owner).past.push(item);
  }
  return [...digests.values()].flatMap((digest) => toDigest(digest, input));
}

function toDigest({ destination, alerts, past }: Digest, input: DigestInput): AddressedMessage[] {
  const due = alerts
    .map((alert): Due => ({ ...alert, deadline: deadlineOf(alert, input.today) }))
    .sort(
      (a, b) =>
        a.deadline.daysLeft - b.deadline.daysLeft ||
        a.item.name.localeCompare(b.item.name) ||
        a.item.id - b.item.id,
    );
  const [first] = due;
  const about = first?.item ?? past[0];
  if (about === undefined) return [];
  const address = destination.recipient_email;
  const isAdministrator =
    address !== null &&
    (address === input.fallback || input.administrators.some((admin) => admin.address === address));
  return [
    {
      eventCode: input.eventOf(about.kind),
      destination,
      targetType: about.kind,
      targetId: about.id,
      dedupeKey: input.dedupeKey,
      ...(first === undefined ? {} : { notice: noticeOf(due, first, input) }),
      context: {
        total: due.length,
        ended: due.filter(
          ({ daysLeft, item }) => daysLeft < 0 && item.happens !== 'renews' && item.finding?.counts !== false,
        ).length,
        summary: inKinds(due.map(({ item }) => item)),
        first: first === undefined ? '' : `${first.item.name} ${first.deadline.sentence}`,
        rest: first === undefined ? '' : restOf(due, first),
        today: dayInWords(input.today),
        zone: input.zone,
        rows: due.slice(0, listed).map((one) => toRow(one, destination, input.today)),
        more: Math.max(0, due.length - listed),
        cost: sumsInWords(
          due.flatMap(({ item }) => item.cost ?? []),
          input.rates,
        ),
        past: past.slice(0, listed).map(({ name, kind, happens, expiresOn, ...item }) => ({
          name,
          path: pathOf({ kind, ...item }),
          kind: kindWords[kind].one,
          ended: happens === 'expires' ? 'expired' : 'ended',
          date: dayInWords(expiresOn),
        })),
        past_summary: inKinds(past),
        past_first:
          past[0] === undefined
            ? ''
            : listOf([past[0].name, moreThan(past[0], past)].filter((one) => one !== '')),
        past_more: Math.max(0, past.length - listed),
        // How many there are of others' is an administrator's affair.
        baseline: isAdministrator ? input.past.length : 0,
        administrator: isAdministrator,
        ask: whomToAsk(input.administrators),
        fallback: due.some(({ reason }) => reason !== null),
        app_base_url: input.appBaseUrl ?? '',
        ...(first === undefined ? {} : opsdeckNames(first)),
      },
    },
  ];
}

/** One matter for each kind of items, to everybody. */
function noticeOf(due: readonly Due[], first: Due, input: DigestInput): Notice {
  return {
    severity: worstOf(due.map(severityOf)),
    state: 'open',
    thread: `expiry:${input.eventOf(first.item.kind)}`,
    url: due.length === 1 ? urlOf(first.item, input) : pageOf(input.appBaseUrl, ''),
    items: due.slice(0, listedItems).map((alert): NoticeItem => {
      const { item, deadline } = alert;
      const owner = ownerOf(alert);
      return {
        type: item.kind,
        id: item.id,
        name: item.name,
        text: `${deadline.sentence} (${deadline.day})${owner === '' ? '' : `, ${owner}`}`,
        severity: severityOf(alert),
        url: urlOf(item, input),
      };
    }),
    items_total: due.length,
  };
}

function urlOf(item: ExpiringItem, { appBaseUrl }: DigestInput): string | null {
  const path = pathOf(item);
  return path === '' ? (item.link ?? null) : pageOf(appBaseUrl, path);
}

/** Whose it is, where many read it. */
function ownerOf({ destination, ownerName }: PlannedAlert): string {
  if (destination.recipient_email !== null && ownerName === null) return '';
  return ownerName === null ? 'no owner' : `owner: ${ownerName}`;
}

/** By the days to the next deadline; what renews does not stop working. */
function severityOf({ deadline, item }: Due): Severity {
  if (item.finding?.counts === false) return 'high';
  if (item.happens === 'renews') return deadline.daysLeft <= 7 ? 'medium' : 'low';
  if (deadline.daysLeft < 0) return 'critical';
  return deadline.daysLeft <= 7 ? 'high' : 'medium';
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
    case 'contract':
      // The names of the template that OpsDeck prepared and does not seed.
      return { ...named, end_date: item.expiresOn, auto_renew: item.happens === 'renews' };
    default:
      return { ...named, due_date: item.expiresOn };
  }
}

/** `3 subscriptions and 1 licence`. */
export function inKinds(items: readonly Pick<ExpiringItem, 'kind'>[]): string {
  const kinds = [...countsOf(items)];
  return listOf(kinds.map(([kind, some]) => count(some, kindWords[kind].one, kindWords[kind].many)));
}

/** What comes after the first: `2 more credentials`, `1 more licence and 1 subscription`; empty: nothing. */
function restOf(due: readonly Due[], first: Due): string {
  return moreThan(
    first.item,
    due.map(({ item }) => item),
  );
}

function moreThan(first: ExpiringItem, items: readonly ExpiringItem[]): string {
  const kinds = [...countsOf(items.filter((item) => item !== first))];
  return listOf(
    kinds.map(([kind, some]) => {
      const { one, many } = kindWords[kind];
      return kind === first.kind ? count(some, `more ${one}`, `more ${many}`) : count(some, one, many);
    }),
  );
}

/** `a, b and c`. */
const listOf = (words: readonly string[]) =>
  new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(words);

function countsOf(items: readonly Pick<ExpiringItem, 'kind'>[]): ReadonlyMap<ItemKind, number> {
  const counts = new Map<ItemKind, number>();
  for (const { kind } of items) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

function toRow(alert: Due, { recipient_email: mail }: Destination, today: Day): JsonObject {
  const { item, daysLeft, deadline, reason, missed } = alert;
  return {
    name: item.name,
    item: `${item.kind}:${item.id}`,
    path: pathOf(item),
    kind: kindWords[item.kind].one,
    sentence: deadline.sentence,
    happens: item.finding?.counts === false ? 'since' : deadline.isCancelling ? item.happens : '',
    date: dayInWords(item.expiresOn),
    urgent: deadline.daysLeft <= 7,
    ended: daysLeft < 0,
    detail: item.detail,
    cost: item.cost === null ? '' : costInWords(item.cost),
    cancel_by: item.cancelBy === null || item.cancelBy < today ? '' : dayInWords(item.cancelBy),
    notice_ended: noticeEnded(item, today) ?? '',
    break_glass: item.breakGlass,
    differences: [...item.differences],
    missed: missedInWords(missed),
    owner: mail === null || reason === null ? ownerOf(alert) : '',
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
