import { createHash } from 'node:crypto';
import { listedItems, pageOf, worstOf } from '../../../src/notify/notice.ts';
import type {
  AddressedMessage,
  Destination,
  EventDefinition,
  TemplateDefinition,
} from '../../../src/notify/notifier.ts';
import {
  andMore,
  code,
  footer,
  item,
  link,
  opening,
  page,
  paragraph,
  severityBadge,
} from '../../../src/notify/templates/mail-parts.ts';
import { count } from '../../../src/text/count.ts';
import type { OverdueComparison, OverdueFinding } from '../due/overdue.sql.ts';
import { meaningOf, sideNames } from './side-names.ts';

/** Findings whose due date has passed. */
export const overdueEvent: EventDefinition = {
  code: 'UAR_OVERDUE',
  name: 'Overdue access review findings',
  description: 'Findings of access reviews are open after their due date.',
  channels: ['email'],
  daysOffset: 0,
  variables: ['what', 'total', 'more', 'rows', 'findings', 'administrator', 'ask'],
  audience: {
    words: 'the owner of each finding; after 14 days the owner of the comparison and escalate_to',
    recipients: [],
  },
};

/** A mail with more rows than this is not read. */
const listed = 20;

const subject = 'Access review: {{ what }}';

const row = item(
  `<strong>{{ row.key }}</strong> ({{ row.where }})
<div style="font-size:14px;line-height:21px">Was due {{ row.due }}. {{ row.meaning }}{% if row.url %} ${link('{{ row.url }}', 'Open the review')}{% endif %}</div>
{% if administrator %}<div style="font-size:14px;line-height:21px">${code('opsdeck-jobs uar show {{ row.id }}')}</div>{% endif %}`,
  severityBadge,
);

const howToDecide = `{% if administrator %}To decide: ${code('opsdeck-jobs uar resolve ID --reason "…" --as YOU')}. To record an exception: ${code('opsdeck-jobs uar exception add --help')}.{% elif ask %}To decide, open the review in OpsDeck. To record an exception, or to change who gets these mails, ask {{ ask }}, who can do both.{% else %}To decide, open the review in OpsDeck.{% endif %}`;

export const overdueTemplate: TemplateDefinition = {
  name: 'Access Review Findings Overdue',
  category: 'compliance',
  subject,
  bodyHtml: page(
    'bad',
    subject,
    '{% for row in rows %}{% if loop.first %}{{ row.key }}, was due {{ row.due }}{% endif %}{% endfor %}',
    `${opening(
      '{{ what }}',
      'These findings are open after their due date.',
      [paragraph('Settle each one: remove or correct the access, or record a decision.')],
      12,
    )}
{% for row in rows %}
${row}
{% endfor %}
${andMore()}
${footer(`${howToDecide}<br>You get this mail 1 and 7 days after the due date if you own the finding, and 14 days after it if you own the comparison or findings are escalated to you. Whether such mails are sent is set in the notification event ${overdueEvent.code}.`)}`,
  ),
};

export interface OverdueItem {
  readonly finding: OverdueFinding;
  readonly comparison: OverdueComparison;
}

/** All that one destination gets to know in one run; the longest due first. */
export function overdueMessage(
  items: readonly OverdueItem[],
  destination: Destination,
  reader: { readonly appBaseUrl: string | undefined; readonly administrator: boolean; readonly ask: string },
): AddressedMessage {
  const [first] = items;
  const name = subjectOf(items);
  const rows = items.slice(0, listedItems).map((one) => toRow(one, reader.appBaseUrl));
  const findings = items.map(({ finding }) => finding.id);
  return {
    eventCode: overdueEvent.code,
    destination,
    targetType: 'UARExecution',
    targetId: first?.finding.execution_id ?? 0,
    dedupeKey: `uar:overdue:${keyOf(items)}`,
    context: {
      what: name,
      total: items.length,
      more: Math.max(0, items.length - listed),
      findings,
      rows: rows.slice(0, listed).map((one) => ({ ...one, severity: one.severity ?? 'unknown' })),
      administrator: reader.administrator,
      ask: reader.ask,
    },
    notice: {
      severity: worstOf(items.map(({ finding }) => finding.severity)),
      state: 'open',
      thread: 'uar:overdue',
      url: null,
      items: rows.map(({ id, key, where, due, meaning, severity, url }) => ({
        ...{ type: 'finding', id, name: key, severity, url: url === '' ? null : url },
        text: `was due ${due} (${where}). ${meaning}`,
      })),
      items_total: items.length,
    },
  };
}

/** The same announcements: queued once for a destination. */
function keyOf(items: readonly OverdueItem[]): string {
  const steps = items.map(({ finding: { id, due, steps: reached } }) => [id, due, ...reached]);
  return createHash('sha256').update(JSON.stringify(steps)).digest('hex').slice(0, 32);
}

function toRow({ finding, comparison }: OverdueItem, appBaseUrl: string | undefined) {
  const { id, key, due, severity, type, execution_id: execution } = finding;
  const meaning = type === null ? '' : `It ${meaningOf(type, sideNames(comparison))}.`;
  const url = pageOf(appBaseUrl, `/compliance/uar/execution/${execution}`) ?? '';
  return { id, key, where: comparison.name, due, severity, meaning, url };
}

/** With dates, which stay true however late it is sent. */
function subjectOf(items: readonly OverdueItem[]): string {
  const [first] = items;
  if (first === undefined) return '';
  const one = `${first.finding.key} was due ${first.finding.due}`;
  const more = items.length - 1;
  return more === 0 ? one : `${one}, and ${count(more, 'more finding')} overdue`;
}
