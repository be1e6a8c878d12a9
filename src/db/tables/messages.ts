import type { Generated, GeneratedAlways } from 'kysely';
import type { JsonObject } from '../../text/json.ts';
import type { Instant, JsonColumn, NullableInstant } from './column-types.ts';

/** What OpsDeck's `scheduled_communication` cannot hold of a message of ours. */
export interface MessageTable {
  id: Generated<string>;
  /** `scheduled_communication.id`; no foreign key: OpsDeck may delete its row. */
  communication_id: number;
  /** null: a row that OpsDeck queued. */
  run_id: string | null;
  job: string;
  event_code: string;
  channel: string;
  /** A lower-cased e-mail address, or the name of a shared destination; never a secret address. */
  destination: string;
  /** Unique together with channel and destination: a message is queued once, for ever. */
  dedupe_key: string;
  /** Variables of the template. */
  context: JsonColumn<JsonObject>;
  created_at: Instant;
  due_at: Instant;
  /** After this the message is stale; null: the outbox's own limit. */
  expires_at: NullableInstant;
  /** `opsdeck`: OpsDeck queued it, and the context is found when it is sent. */
  origin: Generated<'job' | 'opsdeck'>;
  state: Generated<MessageState>;
  /** Sends that were begun. */
  attempts: Generated<number>;
  /** Sends that failed; OpsDeck's `retry_count`. */
  failures: Generated<number>;
  /** null: at once. */
  next_attempt_at: NullableInstant;
  /** The sender: a run's id, or whoever sends by hand. */
  lease_owner: string | null;
  /** By the database's clock. */
  lease_until: NullableInstant;
  /** While `sending`: since when it may be on its way; null: it cannot have arrived. */
  begun_at: NullableInstant;
  /** When the outbox first looked at it and it was not too old; null: not yet. Business time. */
  seen_at: NullableInstant;
  /** How often it was put off without a failure because the other side asked to wait. */
  waits: Generated<number>;
  /** An earlier send may have arrived. */
  possible_repeat: Generated<boolean>;
  /** `destination.key`; null: not known before the first send. */
  breaker_key: string | null;
  last_code: string | null;
  /** For people; holds no secret. */
  last_reason: string | null;
  /** What the provider calls the message. */
  provider_id: string | null;
  finished_at: NullableInstant;
  /** When the server put the recipient off for the first time. Business time. */
  refused_since: NullableInstant;
  /** When an alert reported that it is on hold or of unknown delivery; null: none has since it is. Business time. */
  announced_at: NullableInstant;
  /** The newest `record_head` when it was queued; null: there was none, or it is not one of ours. */
  record_head: number | null;
  /** Follows from `state`: a sender (`queued`, `sending`), an operator (`held`, `unknown`), or nobody any more. The index is by it. */
  waits_for: GeneratedAlways<'sender' | 'operator' | null>;
}

/**
 * `held`: older than it may be when it is first seen. `unknown`: it may or may not have arrived. Of both an operator decides;
 * the row in `scheduled_communication` stays `pending` and parked.
 */
export type MessageState = 'queued' | 'sending' | 'sent' | 'failed' | 'cancelled' | 'held' | 'unknown';

/** A destination that failed and has not succeeded since. */
export interface DestinationTable {
  /** Without secrets: the address of a webhook is in it as a hash. */
  key: string;
  channel: string;
  /** In a row. */
  failures: number;
  /** Pauses in a row; each is longer than the one before. */
  pauses: Generated<number>;
  paused_until: NullableInstant;
  /** It said that it is gone (HTTP 410). */
  switched_off_at: NullableInstant;
  last_reason: string | null;
  updated_at: Instant;
}

/** One row: whether any host may send. */
export interface SendingTable {
  singleton: Generated<boolean>;
  /** null: sending is not stopped. */
  stopped_at: NullableInstant;
  stopped_by: string | null;
  stop_reason: string | null;
}

/** A channel with one server. */
export interface ChannelTable {
  channel: string;
  /** What keeps all its messages from being sent; null: nothing, as far as is known. */
  code: string | null;
  reason: string | null;
  /** For an operator: the setting that answers it. */
  next_step: string | null;
  since: NullableInstant;
  /** Pauses in a row; each is longer than the one before. */
  pauses: Generated<number>;
  paused_until: NullableInstant;
  /** The sender that uses the server. */
  owner: string | null;
  /** By the database's clock. */
  owner_until: NullableInstant;
  /** By the database's clock: when the next message may be claimed; null: at once. */
  next_turn_at: NullableInstant;
}

export interface MessageTables {
  'opsdeck_jobs.channel': ChannelTable;
  'opsdeck_jobs.sending': SendingTable;
  'opsdeck_jobs.message': MessageTable;
  'opsdeck_jobs.destination': DestinationTable;
}
