import { waitingNotice } from '../../../src/notify/notice.ts';
import type {
  EventDefinition,
  OutgoingMessage,
  PersonRecipient,
  TemplateDefinition,
} from '../../../src/notify/notifier.ts';
import {
  andMore,
  code,
  footer,
  item,
  opening,
  page,
  paragraph,
} from '../../../src/notify/templates/mail-parts.ts';
import { count } from '../../../src/text/count.ts';
import type { Day } from '../../../src/time/calendar-day.ts';

/** An approved exception ends soon: its findings will be open again. */
export const endingEvent: EventDefinition = {
  code: 'UAR_EXCEPTION_ENDS',
  name: 'Approved exception of an access review ends',
  description: 'An approved exception ends in 14 days, or tomorrow: its findings will be open again.',
  channels: ['email'],
  daysOffset: 0,
  variables: ['what', 'total', 'more', 'rows', 'exceptions'],
  audience: { words: 'who asked for the exception and who approved it, else administrators', recipients: [] },
};

export interface EndingException {
  readonly id: number;
  readonly key: string;
  /** Null: in every comparison. */
  readonly comparison: string | null;
  /** The last day on which it counts. */
  readonly until: Day;
  readonly reason: string;
}

/** A mail with more rows than this is not read. */
const listed = 20;

const subject = '{{ what }}';

const template: TemplateDefinition = {
  name: 'Access Review Exception Ends',
  category: 'compliance',
  subject,
  bodyHtml: page(
    'warning',
    subject,
    '{% for row in rows %}{% if loop.first %}{{ row.key }}, through {{ row.until }}{% endif %}{% endfor %}',
    `${opening(
      '{{ what }}',
      'After its last day an exception counts no more: the next execution opens its findings again.',
      [
        paragraph(
          'Remove the access or the difference until then. Is it still needed? Let another person than the one who asks approve a new exception.',
        ),
      ],
      12,
    )}
{% for row in rows %}
${item(`<strong>{{ row.key }}</strong> ({{ row.where }})
<div style="font-size:14px;line-height:21px">Exception {{ row.id }}, through {{ row.until }}: {{ row.reason }}</div>`)}
{% endfor %}
${andMore()}
${footer(`All exceptions: ${code('opsdeck-jobs uar exception list')}<br>You get this mail because you asked for the exception, approved it, or are an administrator of OpsDeck. Whether such mails are sent is set in the notification event ${endingEvent.code}.`)}`,
  ),
};

/** To the people of these exceptions, once for each of the two announcements; the first to end first. */
export function endingAlert(
  ending: readonly EndingException[],
  recipients: readonly PersonRecipient[],
  today: Day,
): OutgoingMessage {
  const key = `uar:exception:${ending.map(({ id }) => id).toSorted((a, b) => a - b)[0]}:${today}`;
  return {
    event: endingEvent,
    template,
    recipients,
    targetType: 'job',
    targetId: 0,
    dedupeKey: key,
    context: {
      what: subjectOf(ending),
      total: ending.length,
      more: Math.max(0, ending.length - listed),
      exceptions: ending.map(({ id }) => id),
      rows: ending.slice(0, listed).map((one) => ({
        id: one.id,
        key: one.key,
        where: one.comparison ?? 'every comparison',
        until: one.until,
        reason: one.reason,
      })),
    },
    notice: waitingNotice(
      key,
      'medium',
      ending.map((one) => ({
        type: 'uar_exception',
        id: one.id,
        name: one.key,
        text: `exception ${one.id} ends after ${one.until}`,
      })),
    ),
  };
}

/** With days, which stay true however late it is sent. */
function subjectOf(ending: readonly EndingException[]): string {
  const [first] = ending;
  if (first === undefined) return '';
  return ending.length === 1
    ? `Exception for ${first.key} ends after ${first.until}`
    : `${count(ending.length, 'exception')} end soon, the first after ${first.until}`;
}
