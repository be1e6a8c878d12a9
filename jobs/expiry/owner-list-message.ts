import { listedItems, type NoticeItem, pageOf, worstOf } from '../../src/notify/notice.ts';
import type { AddressedMessage, TemplateDefinition } from '../../src/notify/notifier.ts';
import { destinationKey } from '../../src/notify/park.ts';
import {
  andMore,
  badgeBy,
  button,
  code,
  footer,
  item as itemOf,
  link,
  opening,
  page,
  small,
} from '../../src/notify/templates/mail-parts.ts';
import { type Day, dayInWords } from '../../src/time/calendar-day.ts';
import { inKinds } from './digest.ts';
import { itemsWithoutOwner } from './events.ts';
import { kindWords, pathOf } from './item.ts';
import { lastListed, lastOf, listMonth } from './list-month.ts';
import type { NamedItem } from './owner-list.ts';

/** A mail with more items than this is not read. */
const listed = 50;

const subject = '{{ subject_words }}';

const row = itemOf(
  `<strong>{% if app_base_url %}${link('{{ app_base_url }}{{ row.path }}', '{{ row.name }}')}{% else %}{{ row.name }}{% endif %}</strong>
<div style="font-size:14px;line-height:21px">{{ row.kind }} · {{ row.date }} · {{ row.reason }}</div>
{% if row.detail %}<div style="${small}">{{ row.detail }}</div>{% endif %}
<div style="${small}">No more alerts? ${code('opsdeck-jobs expiry ack {{ row.item }}')}</div>`,
  badgeBy('row.ended', 'row.urgent', '{{ row.sentence }}'),
);

/** The monthly list of items without an owner, and what is named between two lists. */
export const ownerListTemplate: TemplateDefinition = {
  name: 'Expiry Alert - Items Without an Owner',
  category: 'expiry',
  subject,
  bodyHtml: page(
    'warning',
    subject,
    '{{ summary }} without an owner',
    `${opening('{{ subject_words }}', '{{ today }} ({{ zone }}). {{ next_list }}', [], 12)}
{% for row in rows %}
${row}
{% endfor %}
${andMore(`: ${code('opsdeck-jobs expiry list --without-owner')}`)}
${button('app_base_url', '{{ app_base_url }}', 'Open OpsDeck')}
${footer(`You get this mail because these items have no active owner who could get their alerts. Give them an owner on their pages in OpsDeck; on a database of its own, import them again with an owner. Whether and where it is sent is set in the notification event ${itemsWithoutOwner.code}.`)}`,
  ),
};

export interface OwnerListScope {
  readonly today: Day;
  readonly zone: string;
  /** Without a trailing slash. */
  readonly appBaseUrl: string | undefined;
  readonly dedupeKey: string;
}

/** One message for each destination, the next deadline first. */
export function ownerListMessages(
  named: readonly NamedItem[],
  scope: OwnerListScope,
): readonly AddressedMessage[] {
  const groups = new Map<string, NamedItem[]>();
  for (const one of named) {
    const key = destinationKey(one.destination);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((group) => toMessage(group, scope));
}

function toMessage(group: readonly NamedItem[], scope: OwnerListScope): AddressedMessage[] {
  const dates = group.toSorted(
    (a, b) =>
      a.deadline.daysLeft - b.deadline.daysLeft ||
      a.item.name.localeCompare(b.item.name) ||
      a.item.id - b.item.id,
  );
  // What renews more than once before the next list is one item.
  const due = [...new Map(dates.toReversed().map((one) => [itemText(one), one])).values()].toReversed();
  const [first] = due;
  if (first === undefined) return [];
  const { today, zone, appBaseUrl, dedupeKey } = scope;
  const month = listMonth(today);
  const inList = due.some((one) => one.inList);
  const until = inList ? lastListed(month) : lastOf(month);
  const summary = inKinds(due.map(({ item }) => item));
  const urlOf = ({ item }: NamedItem): string | null => {
    const path = pathOf(item);
    return path === '' ? (item.link ?? null) : pageOf(appBaseUrl, path);
  };
  return [
    {
      eventCode: itemsWithoutOwner.code,
      destination: first.destination,
      targetType: first.item.kind,
      targetId: first.item.id,
      dedupeKey,
      notice: {
        severity: worstOf(due.map(severityOf)),
        state: 'open',
        thread: `expiry:${itemsWithoutOwner.code}`,
        url: pageOf(appBaseUrl, ''),
        items: due.slice(0, listedItems).map(
          (one): NoticeItem => ({
            type: one.item.kind,
            id: one.item.id,
            name: one.item.name,
            text: `${one.deadline.sentence} (${one.deadline.day}), ${one.why}`,
            severity: severityOf(one),
            url: urlOf(one),
          }),
        ),
        items_total: due.length,
      },
      context: {
        subject_words: `${summary} without an owner ${due.length === 1 ? 'ends' : 'end'} by ${dayInWords(until)}`,
        summary,
        total: due.length,
        in_list: inList,
        until: dayInWords(until),
        next_list: inList
          ? 'The next list follows next month.'
          : 'They are named at once, because they end before the next list.',
        today: dayInWords(today),
        zone,
        rows: due.slice(0, listed).map((one) => ({
          name: one.item.name,
          item: itemText(one),
          path: pathOf(one.item),
          kind: kindWords[one.item.kind].one,
          sentence: one.deadline.sentence,
          date: dayInWords(one.deadline.day),
          urgent: one.deadline.daysLeft <= 7,
          ended: one.deadline.daysLeft < 0,
          detail: one.item.detail,
          reason: one.why,
        })),
        more: Math.max(0, due.length - listed),
        app_base_url: appBaseUrl ?? '',
      },
    },
  ];
}

function itemText({ item }: NamedItem): string {
  return `${item.kind}:${item.id}`;
}

function severityOf({ deadline, item }: NamedItem) {
  if (item.happens === 'renews') return 'low';
  return deadline.daysLeft < 0 ? 'high' : deadline.daysLeft <= 7 ? 'medium' : 'low';
}
