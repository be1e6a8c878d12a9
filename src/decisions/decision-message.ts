import type { EventDefinition, OutgoingMessage, TemplateDefinition } from '../notify/notifier.ts';
import { code, footer, opening, page, paragraph, small } from '../notify/templates/mail-parts.ts';
import { wallClock } from '../time/human-time.ts';

/** Of every command that records a decision of a named person. */
export const decisionEvent: EventDefinition = {
  code: 'DECISION_RECORDED',
  name: 'Decision recorded',
  description: 'Somebody at a terminal recorded a decision in the name of a person; that person is informed.',
  channels: ['email'],
  daysOffset: 0,
  variables: ['what', 'reason', 'actor', 'entered_by', 'recorded_at', 'zone', 'ask'],
  audience: { words: 'the person who was named with --as', recipients: [] },
};

const subject = 'Recorded in your name: {{ what }}';

const decisionTemplate: TemplateDefinition = {
  name: 'Decision Recorded In Your Name',
  category: 'system',
  subject,
  bodyHtml: page(
    'warning',
    subject,
    'Entered by {{ entered_by }}. Did you not decide this? Object now.',
    `${opening(
      'A decision was recorded in your name',
      'Recorded for {{ actor }} on {{ recorded_at }} ({{ zone }}).',
      [
        paragraph('<strong>{{ what }}</strong>', ';word-break:break-word'),
        `{% if reason %}${paragraph('Reason: {{ reason }}', ';word-break:break-word')}{% endif %}`,
        paragraph(
          'Entered by {{ entered_by }}, a user of the machine. Your name was typed there; you did not log in.',
          ';word-break:break-word',
        ),
        paragraph(
          '<strong>If you decided this, there is nothing to do. If you did not, object today:</strong> ask {% if ask %}{{ ask }}{% else %}an administrator of OpsDeck{% endif %} to reverse it, and forward this mail.',
        ),
        paragraph(
          `All that is recorded in your name: ${code('opsdeck-jobs decisions list --by {{ actor }}')}`,
          `;${small}`,
        ),
      ],
    )}
${footer('You get this mail because you were named as the person who decides. Whether such mails are sent is set in the notification event DECISION_RECORDED.')}`,
  ),
};

/** What one command recorded in somebody's name. */
export interface RecordedDecision {
  /** A clause with its subject: `findings 12 and 13 were marked as resolved`. */
  readonly what: string;
  /** null: none was given. */
  readonly reason: string | null;
}

interface NamedDecision extends RecordedDecision {
  /** The e-mail address of who is named. */
  readonly actor: string;
  readonly userId: number;
  readonly enteredBy: string;
}

interface Circumstances {
  /** Of this command: each is a message of its own. */
  readonly id: string;
  readonly at: Date;
  readonly zone: string;
  /** Who can reverse it; empty: nobody is known. */
  readonly ask: string;
}

/** To the person who is named, once a command. */
export function decisionMessage(
  { what, reason, actor, userId, enteredBy }: NamedDecision,
  { id, at, zone, ask }: Circumstances,
): OutgoingMessage {
  return {
    event: decisionEvent,
    template: decisionTemplate,
    recipients: [{ kind: 'user', userId }],
    targetType: 'User',
    targetId: userId,
    context: {
      what: `${what.charAt(0).toUpperCase()}${what.slice(1)}`,
      reason: reason ?? '',
      actor,
      entered_by: enteredBy,
      recorded_at: wallClock(at, zone),
      zone,
      ask,
    },
    notice: {
      severity: 'info',
      state: 'open',
      thread: `decision:${id}`,
      url: null,
      items: [
        {
          type: 'decision',
          id,
          name: actor,
          text: `${what}, entered by ${enteredBy}`,
          severity: 'info',
          url: null,
        },
      ],
      items_total: 1,
    },
    dedupeKey: `decision:${id}`,
    // It stays true for as long as somebody can object.
    ttlHours: 30 * 24,
  };
}
