import { listedItems, type Notice, worstOf } from '../../src/notify/notice.ts';
import type { EventDefinition, OutgoingMessage, TemplateDefinition } from '../../src/notify/notifier.ts';
import {
  andMore,
  code,
  footer,
  item,
  line,
  opening,
  page,
  severityBadge,
  small,
} from '../../src/notify/templates/mail-parts.ts';
import { forAdministrators } from '../../src/notify/for-administrators.ts';
import { checkedWords, type Matter, type Status } from '../../src/status/status.ts';
import { count } from '../../src/text/count.ts';
import type { Occasion } from './due.ts';
import type { Span } from './overview/month.ts';
import { named, type RunTotals } from './overview/runs.ts';

/** Whether all jobs ran, and what waits for a person. */
export const weeklyEvent: EventDefinition = {
  code: 'WEEKLY_SUMMARY',
  name: 'Weekly summary',
  description: 'Whether all jobs ran in the week before, and what waits for a person.',
  ...forAdministrators,
};

/** A mail with more rows than this is not read. */
const listed = 30;

const subject = 'Weekly summary: {{ ran }}; {{ waits }}';

const template: TemplateDefinition = {
  name: 'Weekly Summary',
  category: 'system',
  subject,
  bodyHtml: page(
    'warning',
    subject,
    '{% for row in rows %}{% if loop.first %}{{ row.about }}: {{ row.what }}. {% endif %}{% endfor %}{{ checked }} checked.',
    `${opening('{{ title }}', '{% for text in troubles %}{{ text }} {% endfor %}', [], 12)}
{% for row in rows %}
${item(
  `<strong>{{ row.about }}</strong>: {{ row.what }}
<div style="padding-top:4px">${code('opsdeck-jobs {{ row.next }}')}</div>`,
  severityBadge,
)}
{% endfor %}
${andMore(`: ${code('opsdeck-jobs status')}`)}
${line(`Runs of {{ week }} ({{ zone }}); {{ checked }} checked. What waits now: ${code('opsdeck-jobs status')}`, `;${small}`)}
${footer(`You get this mail because you are an administrator, or because the configuration names you. It is sent once a week. Who gets it, and where, is set in the notification event ${weeklyEvent.code}.`)}`,
  ),
};

export interface WeeklyFacts {
  readonly status: Pick<Status, 'matters' | 'jobs' | 'asked'>;
  readonly runs: RunTotals;
  readonly week: Span;
  readonly zone: string;
}

/** One message to each administrator, once for the week. */
export function weeklyMessage({ status, runs, week, zone }: WeeklyFacts, { key }: Occasion): OutgoingMessage {
  const { matters } = status;
  const waits = waitsOf(matters.length);
  const ran = ranOf(runs);
  return {
    event: weeklyEvent,
    template,
    recipients: forAdministrators.audience.recipients,
    targetType: 'job',
    targetId: 0,
    dedupeKey: key,
    context: {
      ran,
      waits,
      title: `${capital(ran)}; ${waits}`,
      troubles: troublesOf(runs),
      checked: checkedWords(status),
      week: week.words,
      zone,
      total: matters.length,
      more: Math.max(0, matters.length - listed),
      rows: matters
        .slice(0, listed)
        .map(({ severity, about, what, next }) => ({ severity, about, what, next })),
    },
    notice: noticeOf(matters, key),
  };
}

function waitsOf(total: number): string {
  if (total === 0) return 'nothing waits for you';
  return `${count(total, 'matter')} ${total === 1 ? 'waits' : 'wait'} for you`;
}

/** `all jobs ran`; a week without any run is none in which all ran. */
function ranOf({ succeeded, failed, missed, idle }: RunTotals): string {
  if (failed + missed + idle.length > 0) return 'not all jobs ran';
  return succeeded === 0 ? 'no job ran' : 'all jobs ran';
}

function troublesOf({ succeeded, failed, missed, failing, missing, idle }: RunTotals): readonly string[] {
  return [
    `${count(succeeded, 'run')} succeeded.`,
    ...(failed > 0 ? [`${count(failed, 'run')} failed: ${named(failing)}.`] : []),
    ...(missed > 0 ? [`${count(missed, 'scheduled run')} missed: ${named(missing)}.`] : []),
    ...(idle.length > 0 ? [`${count(idle.length, 'scheduled job')} without any run: ${named(idle)}.`] : []),
  ];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function noticeOf(matters: readonly Matter[], key: string): Notice {
  return {
    severity: worstOf(matters.map(({ severity }) => severity)) ?? 'info',
    state: 'open',
    thread: key,
    url: null,
    items: matters.slice(0, listedItems).map(({ about, what, severity, next }) => ({
      type: 'matter',
      id: about,
      name: about,
      text: `${what}. Next: opsdeck-jobs ${next}`,
      severity,
      url: null,
    })),
    items_total: matters.length,
  };
}
