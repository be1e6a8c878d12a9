import { listedItems, type Notice } from '../../src/notify/notice.ts';
import type { EventDefinition, OutgoingMessage, TemplateDefinition } from '../../src/notify/notifier.ts';
import { code, footer, item, line, opening, page, small } from '../../src/notify/templates/mail-parts.ts';
import { forAdministrators } from '../../src/notify/for-administrators.ts';
import type { Occasion } from './due.ts';
import type { OverviewLine } from './overview/part.ts';
import { answerOf, mainLines } from './overview/present.ts';
import { isBad, type Overview } from './overview/read.ts';
import { sinceText, valueText } from './overview/words.ts';

/** The month on one page, for the management. */
export const monthlyEvent: EventDefinition = {
  code: 'MONTHLY_OVERVIEW',
  name: 'Monthly overview',
  description: 'The main figures of the month that has ended.',
  ...forAdministrators,
};

const subject = 'Overview of {{ month }}. {{ answer }}';

const template: TemplateDefinition = {
  name: 'Monthly Overview',
  category: 'system',
  subject,
  bodyHtml: page(
    'warning',
    subject,
    '{% for row in rows %}{% if loop.first %}{{ row.figure }} {{ row.what }}. {% endif %}{% endfor %}The main figures of {{ month }}',
    `${opening('Overview of {{ month }}', '{{ answer }}', [], 12)}
{% for row in rows %}
${item(`<strong>{{ row.figure }}</strong> {{ row.what }}{% if row.detail %} ({{ row.detail }}){% endif %}
{% if row.change %}<div style="${small}">{{ row.change }}</div>{% endif %}
{% if row.bad %}<div style="padding-top:4px">More: ${code('opsdeck-jobs {{ row.next }}')}</div>{% endif %}`)}
{% endfor %}
{% for title in not_checked %}
${line('Not checked: {{ title }}', ';font-weight:600')}
{% endfor %}
${line(`The whole overview: ${code('opsdeck-jobs report overview --month {{ month }}')}`)}
${footer(`You get this mail because you are an administrator, or because the configuration names you. It is sent once for each month. Who gets it, and where, is set in the notification event ${monthlyEvent.code}.`)}`,
  ),
};

/** One message to each recipient, once for the month. */
export function monthlyMessage(overview: Overview, { about, key }: Occasion): OutgoingMessage {
  const before = overview.compared.before.words;
  const lines = mainLines(overview);
  return {
    event: monthlyEvent,
    template,
    recipients: forAdministrators.audience.recipients,
    targetType: 'job',
    targetId: 0,
    dedupeKey: key,
    context: {
      month: about,
      answer: answerOf(overview).text,
      rows: lines.map((one) => ({
        what: one.what,
        figure: valueText(one),
        detail: one.detail,
        change: changeOf(one, before),
        bad: isBad(one),
        next: one.next,
      })),
      not_checked: overview.sections
        .filter(({ notChecked }) => notChecked !== null)
        .map(({ title }) => title),
    },
    notice: noticeOf(lines, before, key),
  };
}

/** Empty: the month before is not recorded. */
function changeOf(one: OverviewLine, before: string): string {
  return one.before === null ? '' : sinceText(one, before);
}

function noticeOf(lines: readonly OverviewLine[], before: string, key: string): Notice {
  return {
    severity: lines.some(isBad) ? 'medium' : 'info',
    state: 'open',
    thread: key,
    url: null,
    items: lines.slice(0, listedItems).map((one) => ({
      type: 'figure',
      id: one.what,
      name: one.what,
      text: [valueText(one), one.detail, changeOf(one, before)].filter((part) => part !== '').join('; '),
      severity: isBad(one) ? 'medium' : 'info',
      url: null,
    })),
    items_total: lines.length,
  };
}
