import { waitingNotice } from '../../src/notify/notice.ts';
import type { EventDefinition, OutgoingMessage, TemplateDefinition } from '../../src/notify/notifier.ts';
import type { Renewal, RenewalScope } from '../../src/notify/outbox/renewal.ts';
import {
  andMore,
  code,
  footer,
  item,
  opening,
  page,
  paragraph,
  small,
} from '../../src/notify/templates/mail-parts.ts';
import { forAdministrators } from '../../src/notify/for-administrators.ts';
import { count } from '../../src/text/count.ts';
import { wallClock } from '../../src/time/human-time.ts';

/** Messages that only a person can decide about. */
export const undecidedEvent: EventDefinition = {
  code: 'MESSAGES_UNDECIDED',
  name: 'Messages wait for a decision',
  description: 'Messages are on hold, or may or may not have arrived: a person decides.',
  ...forAdministrators,
};

/** A mail with more rows than this is not read. */
export const listedMessages = 20;

export interface UndecidedMessage {
  /** As `messages show` takes it. */
  readonly number: number;
  readonly state: 'held' | 'unknown';
  readonly channel: string;
  readonly destination: string;
  readonly event_code: string;
  readonly job: string;
  /** Of its template or campaign; null: it was deleted. */
  readonly title: string | null;
  readonly due_at: Date;
}

export interface UndecidedAlertInput {
  readonly runId: string;
  /** The oldest of them, at most {@link listedMessages}. */
  readonly messages: readonly UndecidedMessage[];
  readonly held: number;
  readonly unknown: number;
  readonly zone: string;
}

const words = { held: 'on hold', unknown: 'delivery unknown' } as const;

const subject = '{{ what }}: a decision is needed';

const template: TemplateDefinition = {
  name: 'Messages Wait For A Decision',
  category: 'system',
  subject,
  bodyHtml: page(
    'warning',
    subject,
    '{% for row in rows %}{% if loop.first %}{{ row.title }} to {{ row.destination }}, {{ row.state }}{% endif %}{% endfor %}',
    `${opening(
      '{{ what }}',
      'Oldest first, times in {{ zone }}',
      [
        `{% if on_hold %}${paragraph(`On hold: they were due for too long when they could first be sent. They were not sent. Send them with ${code('opsdeck-jobs messages release NUMBER')}, or drop them with ${code('opsdeck-jobs messages cancel NUMBER')}.`)}{% endif %}`,
        `{% if unknown %}${paragraph(`Delivery unknown: they may or may not have arrived. Ask a recipient; then ${code('opsdeck-jobs messages retry NUMBER')} sends one again, and ${code('opsdeck-jobs messages cancel NUMBER')} leaves it.`)}{% endif %}`,
      ],
      12,
    )}
{% for row in rows %}
${item(`<strong>{{ row.number }}</strong> {{ row.title }}
<div style="font-size:14px;line-height:21px">{{ row.state }} · {{ row.channel }} to {{ row.destination }}</div>
<div style="${small}">due since {{ row.due }}, from {{ row.origin }}</div>`)}
{% endfor %}
${andMore()}
${footer(`All of them: ${code('opsdeck-jobs messages list --state held')} and ${code('opsdeck-jobs messages list --state unknown')}<br>You get this mail because you are an administrator of OpsDeck. Who gets it, and where, is set in the notification event ${undecidedEvent.code}.`)}`,
  ),
};

/** To every administrator, once for these messages. */
export function undecidedAlert({
  runId,
  messages,
  held,
  unknown,
  zone,
}: UndecidedAlertInput): OutgoingMessage {
  const total = held + unknown;
  return {
    event: undecidedEvent,
    template,
    recipients: forAdministrators.audience.recipients,
    targetType: 'job',
    targetId: 0,
    dedupeKey: `communications:undecided:${runId}`,
    context: {
      what: whatWaits(held, unknown),
      ...{ total, on_hold: held, unknown, zone },
      more: Math.max(0, total - messages.length),
      rows: messages.map((one) => ({
        number: one.number,
        state: words[one.state],
        channel: one.channel,
        destination: one.destination,
        title: one.title ?? one.event_code,
        due: wallClock(one.due_at, zone),
        origin: one.job === 'communications' ? 'OpsDeck' : one.job,
      })),
    },
    notice: waitingNotice(
      `communications:undecided:${runId}`,
      'high',
      messages.map(({ number, title, event_code: event, state, channel, destination }) => ({
        type: 'message',
        id: number,
        name: `${number} ${title ?? event}`,
        text: `${words[state]}: ${channel} to ${destination}`,
      })),
      total,
    ),
  };
}

function whatWaits(held: number, unknown: number): string {
  const parts = [
    ...(held > 0 ? [`${count(held, 'message')} on hold`] : []),
    ...(unknown > 0 ? [`${count(unknown, 'message')} of unknown delivery`] : []),
  ];
  return parts.join(' and ');
}

/** One that is too old itself is not held: the next run alerts about what still waits. */
export async function renewUndecidedAlerts({ trx, held }: RenewalScope): Promise<Renewal> {
  const ours = held.filter(({ event_code: code }) => code === undecidedEvent.code);
  if (ours.length > 0) {
    await trx
      .updateTable('opsdeck_jobs.message')
      .set({ announced_at: null })
      .where('waits_for', '=', 'operator')
      .execute();
  }
  return { replaced: [], obsolete: ours.map(({ communication_id: id }) => id) };
}
