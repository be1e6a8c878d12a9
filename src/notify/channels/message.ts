import type { MessageRun, OutgoingPost } from '../delivery/outcome.ts';
import type { Notice } from '../notice.ts';
import type { MailThread } from '../notifier.ts';
import type { Rendered } from '../templates/render-protocol.ts';

/** An e-mail address or the name of a channel; or the address of a webhook, a secret also where it is mistyped. */
export type DestinationAddress = { readonly name: string } | { readonly url: string };

/** How a destination of the configuration file wants its posts. */
export interface PostForm {
  /** Jinja, rendered without escaping; undefined: the channel's own. */
  readonly body?: string;
  /** By lower-case name. Their values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** Those that the body prints, by name. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What of a message decides where it goes, and what is sent beside its text. */
export interface MessageToSend {
  /** UUID. */
  readonly id: string;
  /** `scheduled_communication.id`. */
  readonly communicationId: number;
  readonly origin: 'job' | 'opsdeck';
  /** Code of the notification event, or `EVENT_RULE_<id>`. */
  readonly event: string;
  /** null: OpsDeck queued it. */
  readonly run: MessageRun | null;
  /** What it is about, as data; null: only its text says. */
  readonly notice: Notice | null;
  /** The mails that it belongs to, those to this recipient only; null: it stands alone. */
  readonly thread: MailThread | null;
  /** 1 for the first. */
  readonly attempt: number;
  readonly possibleRepeat: boolean;
  readonly createdAt: Date;
  readonly targetType: string;
  readonly targetId: number;
  readonly recipientEmail: string | null;
  readonly recipientName: string | null;
  /** Who answers to a mail go to where nothing else is configured; null: who sent it. */
  readonly replyTo: string | null;
  /** `#alerts`; null: none is named. */
  readonly place: string | null;
  /** Of the event rule or the notification event, a secret; null: none. */
  readonly address: string | null;
  /** Of the configuration file, a secret: of the name that it is addressed to, else of its event; undefined: none. */
  readonly configured: string | undefined;
  /** What is sent to `configured`; undefined: what the channel sends. */
  readonly form: PostForm | undefined;
  /** It is addressed to a name of the configuration file: only `configured` will do. */
  readonly isNamed: boolean;
}

/** What a chat or a webhook is sent. */
export function postOf(message: MessageToSend, { subject, text }: Rendered): OutgoingPost {
  const { id, communicationId, event, attempt, possibleRepeat, createdAt } = message;
  const { targetType, targetId, recipientEmail, recipientName, run, notice } = message;
  return {
    ...{ id, communicationId, event, attempt, possibleRepeat, createdAt },
    ...{ targetType, targetId, recipientEmail, recipientName, run, notice },
    subject,
    text,
  };
}
