import type { Generated } from 'kysely';
import type { JsonObject } from '../../json.ts';
import type { Instant, JsonColumn, NullableInstant } from './column-types.ts';

/** What OpsDeck's `scheduled_communication` cannot hold of a message of ours. */
export interface MessageTable {
  id: Generated<string>;
  /** `scheduled_communication.id`; no foreign key: OpsDeck may delete its row. */
  communication_id: number;
  run_id: string;
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
}

export interface MessageTables {
  'opsdeck_jobs.message': MessageTable;
}
