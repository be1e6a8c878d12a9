import type { Zones } from '../../time/zones.ts';
import type { MessageKinds } from './message-kind.ts';

/** By channel. Secrets. */
export type Addresses = Readonly<Record<string, string | null>>;

/** A row of OpsDeck's queue with what its text is found by. */
export interface ContentRow {
  readonly id: number;
  readonly channel: string;
  readonly target_type: string;
  readonly target_id: number;
  readonly recipient_email: string | null;
  readonly recipient_name: string | null;
  readonly recipient_user_id: number | null;
  readonly slack_target_channel: string | null;
  readonly event_rule_id: number | null;
  readonly audit_log_id: number | null;
  /** Of the record head that its mail names. */
  readonly head_day: string | null;
  readonly head_hash: string | null;
  /** The template's or the campaign's; null: there is none any more. */
  readonly text_key: string | null;
  /** Of the first row of each `text_key`. */
  readonly subject: string | null;
  readonly body: string | null;
  /** Of OpsDeck's notification settings, as typed there. */
  readonly fallback_recipient: string | null;
  readonly event_place: string | null;
  /** Of the notification event: its addresses, secrets, by channel. */
  readonly event_addresses: Addresses;
}

/** What content depends on besides the rows. */
export interface ContentScope {
  readonly zones: Zones;
  /** Business time. */
  readonly now: Date;
  /** OpsDeck's public address without a slash at its end; undefined: texts have no links to it. */
  readonly appBaseUrl: string | undefined;
  /** How the variables of OpsDeck's own rows are found. */
  readonly kinds: MessageKinds;
}
