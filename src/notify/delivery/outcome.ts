import type { Notice } from '../notice.ts';
import type { MailThread } from '../notifier.ts';

/*
 * What sending one message through one channel comes to. The channels only send and judge the answer; claiming, counting
 * attempts, waiting and recording are the queue's.
 *
 * | outcome  | the row                                                                        |
 * | -------- | ------------------------------------------------------------------------------ |
 * | `sent`   | is sent                                                                        |
 * | `failed` | is failed at once: another attempt would be answered in the same way           |
 * | `retry`  | stays pending; counts as an attempt only if `costsAttempt`                     |
 * | `gone`   | is failed, and its destination is switched off (HTTP 410)                      |
 *
 * Codes are stable; reasons are sentences without a full stop, for people. Neither ever holds an address of a webhook, a
 * token, a password or the text of a message.
 */

/** Another attempt makes no sense. */
export type FailureCode =
  /** Not an address that a mail could be sent to. */
  | 'invalid_address'
  /** Not an address that a request could be sent to. */
  | 'invalid_url'
  /** The recipient's address needs a mail server with SMTPUTF8. */
  | 'needs_smtputf8'
  /** The other side answered that it will not take this message. */
  | 'refused'
  /** A redirect: it is not followed, because it could lead anywhere. */
  | 'redirected'
  /** Nobody in Slack has this e-mail address. */
  | 'no_slack_user'
  /** The address is one that messages must not be sent to: cloud metadata, a private network. */
  | 'destination_refused';

/** Another attempt may succeed. */
export type RetryCode =
  /** No connection, so nothing was sent. For mail: the server as a whole is away (exit code 6 if no mail went out). */
  | 'server_away'
  /** The connection broke off before the answer. */
  | 'connection_lost'
  /** No answer in time. */
  | 'timed_out'
  /** A temporary refusal: SMTP 4xx, HTTP 408, 425 or 5xx. */
  | 'refused_for_now'
  /** Too many messages: HTTP 429, or Slack's `ratelimited`. */
  | 'rate_limited'
  /** Our own pace: its turn is too far away to wait for; nothing was sent. */
  | 'paced'
  /** User, password or token are not accepted: nobody's message can be sent until an operator acts. */
  | 'login_refused'
  /** No encryption, or a certificate that is not trusted. For mail: nobody's can be sent until an operator acts. */
  | 'tls_refused'
  /** The mail server does not accept this sender: nobody's message can be sent until an operator acts. */
  | 'sender_refused'
  /** The mail server accepts no mail for now, or not so many. */
  | 'server_busy'
  /** The mail server puts this recipient off: greylisting, a full mailbox. */
  | 'recipient_later'
  /** The caller's signal ended the attempt. */
  | 'interrupted';

export interface Sent {
  readonly kind: 'sent';
  /** What the provider calls the message. */
  readonly providerId?: string;
}

export interface Failed {
  readonly kind: 'failed';
  readonly code: FailureCode;
  readonly reason: string;
  /** The reply without its address: many with the same one are not the recipients' affair. undefined: it is this recipient's. */
  readonly sameReply?: string;
}

export interface Retry {
  readonly kind: 'retry';
  readonly code: RetryCode;
  readonly reason: string;
  /** The other side asked for at least this wait; at most a day. */
  readonly retryAfterMs?: number;
  /** false: the other side only asked to wait, or nobody's message could have been sent. */
  readonly costsAttempt: boolean;
  /** The message was on its way when the attempt broke off: it may have arrived, and another attempt may repeat it. */
  readonly mayHaveArrived: boolean;
  /** For an operator: the setting that answers it, as a sentence. */
  readonly next?: string;
  /** As of {@link Failed}. */
  readonly sameReply?: string;
}

export interface Gone {
  readonly kind: 'gone';
  readonly reason: string;
}

export type DeliveryOutcome = Sent | Failed | Retry | Gone;

export interface MailAddress {
  readonly name: string | null;
  readonly address: string;
}

/** What every message has. */
interface Outgoing {
  /** UUID of the message; the same on every attempt. */
  readonly id: string;
  /** Rendered; one line. */
  readonly subject: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** An earlier attempt may have arrived: the message says so. */
  readonly possibleRepeat: boolean;
  /** When it was queued or fell due, whichever is later; the same on every attempt. */
  readonly createdAt: Date;
}

export interface OutgoingMail extends Outgoing {
  /** Code of the notification event, or `EVENT_RULE_<id>`. */
  readonly event: string;
  /** Rendered. */
  readonly html: string;
  /** The plain text of `html`; undefined: it is made from it. */
  readonly text?: string;
  /** null: it belongs to no other mail. */
  readonly thread: MailThread | null;
  readonly from: MailAddress;
  readonly to: MailAddress;
  /** Who answers go to; null: `from`. */
  readonly replyTo: string | null;
}

/** The run that a message belongs to. */
export interface MessageRun {
  readonly job: string;
  /** UUID. */
  readonly id: string;
}

/** A message to a chat or a webhook. */
export interface OutgoingPost extends Outgoing {
  /** The rendered body as the channel writes it: mrkdwn for Slack, plain text for Discord; a webhook has none. */
  readonly text: string;
  /** Code of the notification event, or `EVENT_RULE_<id>`. */
  readonly event: string;
  /** `scheduled_communication.id`. */
  readonly communicationId: number;
  /** null: OpsDeck queued it. */
  readonly run: MessageRun | null;
  /** What it is about, as data; null: only its text says. */
  readonly notice: Notice | null;
  readonly targetType: string;
  readonly targetId: number;
  readonly recipientEmail: string | null;
  readonly recipientName: string | null;
}
