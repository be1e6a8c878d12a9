import { createHash } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import type { DatabaseMode } from '../../db/database.ts';
import type { Database } from '../../db/tables.ts';
import type { JsonObject } from '../../text/json.ts';
import type { Zones } from '../../time/zones.ts';
import type { Notifier } from '../notifier.ts';
import { destinationKey } from '../park.ts';

/** A message of a job that was too old when it could first be sent. */
export interface HeldMessage {
  readonly communication_id: number;
  readonly job: string;
  readonly run_id: string | null;
  readonly event_code: string;
  readonly channel: string;
  readonly destination: string;
  readonly dedupe_key: string;
  /** With what they name, the job finds the findings that the message is about. */
  readonly target_type: string;
  readonly target_id: number;
  readonly context: JsonObject;
}

export interface RenewalScope {
  /** Everything is written in it, or nothing. */
  readonly trx: Transaction<Database>;
  /** All of one job, oldest first; each is locked. */
  readonly held: readonly HeldMessage[];
  readonly notifier: Notifier;
  readonly now: Date;
  readonly zones: Zones;
  /** Of the job; defaults are filled in. */
  readonly settings: JsonObject;
  /** Those of another job, as its runs have them. */
  settingsOf(job: string): JsonObject | undefined;
  readonly mode: DatabaseMode;
  readonly appBaseUrl: string | undefined;
}

/** What becomes of held messages, by `communication_id`; those in no list stay on hold. */
export interface Renewal {
  /** Another message has the present facts. */
  readonly replaced: readonly number[];
  /** What they report is so no longer. */
  readonly obsolete: readonly number[];
  /** It is as true as it was: sent as it is. */
  readonly unchanged?: readonly number[];
}

/** How many were settled so. */
export interface Renewed {
  readonly replaced: number;
  readonly obsolete: number;
}

/** Decides about the messages of a job that are on hold as too old: the job knows whether what they report still is so. */
export type RenewHeld = (scope: RenewalScope) => Promise<Renewal>;

/** Key of the message that takes the place of these: they are settled with it, so it is queued once. */
export function renewedKey(held: readonly HeldMessage[]): string {
  const ids = held.map(({ communication_id: id }) => id).toSorted((a, b) => a - b);
  return `renewed:${createHash('sha256').update(ids.join(',')).digest('hex')}`;
}

/** One statement: who got what others have on hold, and is not to get it twice, as `destinationKey`s. */
export async function reachedBefore(
  trx: Transaction<Database>,
  held: readonly HeldMessage[],
): Promise<ReadonlySet<string>> {
  const keys = [...new Set(held.map(({ dedupe_key: key }) => key))];
  const { rows } = await sql<{ channel: string; destination: string }>`
    select distinct channel, destination from opsdeck_jobs.message
     where dedupe_key = any (${keys}::text[]) and state <> 'held'`.execute(trx);
  const waiting = new Set(held.map(destinationKey));
  return new Set(rows.map(destinationKey).filter((key) => !waiting.has(key)));
}
