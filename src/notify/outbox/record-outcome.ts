import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { statementFault } from '../../db/errors.ts';
import type { Database } from '../../db/tables.ts';
import type { Clock } from '../../time/clock.ts';
import type { Zones } from '../../time/zones.ts';
import { fewIds } from './few-ids.sql.ts';
import type { Transition } from './transition.ts';

/** What became of one message. */
export interface EndedMessage {
  readonly id: string;
  /** null: as it was. */
  readonly breakerKey: string | null;
  /** false: it was claimed and only put back; that is no attempt. */
  readonly tried: boolean;
  readonly to: Transition;
}

export interface RecorderOptions {
  readonly db: Kysely<Database>;
  readonly clock: Clock;
  readonly zones: Zones;
  /** UUID of the sender. */
  readonly owner: string;
}

const statusOf: Readonly<Record<Transition['state'], string>> = {
  queued: 'pending',
  unknown: 'pending',
  sent: 'sent',
  failed: 'failed',
  cancelled: 'cancelled',
};

/** In one statement; more end at once only when the database is slow. */
const batch = 100;
/** What ends within this time is recorded together, if it is few: a statement costs more than many of its rows. */
const togetherMs = 10;
const few = 8;

interface Waiting {
  readonly ended: EndedMessage;
  readonly resolve: (ours: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** Pauses between the attempts while the database is away, well within the lease: what was sent must not be forgotten. */
const pausesMs = [500, 2000, 5000, 10_000] as const;
/** Statements without an answer take their time, too: no attempt begins later than this. */
const longestMs = 60_000;

/**
 * Records what became of each message as soon as it is known, in our row and in OpsDeck's; what ends within a few milliseconds, or
 * while a statement is under way, goes together in the next. Each is its own decision: where several cannot be recorded together, each is by itself.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  #waiting: Waiting[] = [];
  #writing = false;
  /** The database did not come back in time: what follows is tried once. */
  #givenUp = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** False: the lease was not ours any more; somebody has taken the message for lost and decided about it. */
  record(ended: EndedMessage): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ended, resolve, reject });
      if (!this.#writing) void this.#write();
    });
  }

  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      if (this.#waiting.length < few) await sleep(togetherMs);
      const some = this.#waiting.splice(0, batch);
      // One by one at the same time: a database that is away must not let them wait for its time-out in a row.
      if (!(await this.#together(some))) await Promise.all(some.map((one) => this.#together([one])));
    }
    this.#writing = false;
  }

  /** False: not even one of them is recorded, because the statement fails with one of them. */
  async #together(some: readonly Waiting[]): Promise<boolean> {
    try {
      const ours = await this.#patiently(some.map(({ ended }) => ended));
      for (const { ended, resolve } of some) resolve(ours.has(ended.id));
      return true;
    } catch (error) {
      if (some.length > 1 && statementFault(error) !== undefined) return false;
      for (const { reject } of some) reject(error);
      return true;
    }
  }

  async #patiently(ended: readonly EndedMessage[]): Promise<ReadonlySet<string>> {
    const began = performance.now();
    const pauses: number[] = this.#givenUp ? [] : [...pausesMs];
    for (let again = false; ; again = true) {
      try {
        return await recordOutcomes(this.#options, ended, again);
      } catch (error) {
        if (statementFault(error) !== undefined) throw error;
        const pause = pauses.shift();
        if (pause === undefined || performance.now() - began > longestMs) {
          this.#givenUp = true;
          throw error;
        }
        await sleep(pause);
      }
    }
  }
}

/**
 * One statement, its own transaction; answers which were still ours. A message that was sent is `sent` whatever OpsDeck has decided
 * meanwhile. The rows are locked in the order of their ids, like wherever several are.
 */
async function recordOutcomes(
  { db, clock, zones, owner }: RecorderOptions,
  ended: readonly EndedMessage[],
  again: boolean,
): Promise<ReadonlySet<string>> {
  const now = clock.now();
  const outcomes = ended.map(({ id, breakerKey, tried, to }) => ({
    id,
    breaker_key: breakerKey,
    begun: tried ? 0 : 1,
    state: to.state,
    status: statusOf[to.state],
    failures: to.failures,
    next_attempt_at: to.nextAttemptAt,
    possible_repeat: to.possibleRepeat,
    code: to.code,
    reason: to.reason,
    provider_id: to.providerId,
    waits: to.waits,
    refused_since: to.refusedSince,
  }));
  const { rows } = await sql<{ id: string }>`
    with o as (
      select * from jsonb_to_recordset(${JSON.stringify(outcomes)}::text::jsonb) as o (
        id uuid, breaker_key text, begun integer, state text, status text, failures integer, next_attempt_at timestamptz,
        possible_repeat boolean, code text, reason text, provider_id text, waits integer, refused_since timestamptz)
    ), locked as (
      select m.id from opsdeck_jobs.message m
       where m.id = any (${fewIds(ended.map(({ id }) => id))}) and m.state = 'sending' and m.lease_owner = ${owner}::uuid
       order by m.id
         for update
    ), ours as (
      update opsdeck_jobs.message m
         set state = o.state, attempts = m.attempts - o.begun, failures = o.failures, next_attempt_at = o.next_attempt_at,
             possible_repeat = o.possible_repeat, breaker_key = coalesce(o.breaker_key, m.breaker_key), last_code = o.code,
             last_reason = o.reason, provider_id = o.provider_id, waits = o.waits, refused_since = o.refused_since,
             finished_at = case when o.status <> 'pending' then ${now}::timestamptz end, lease_owner = null, lease_until = null
        from o
       where m.id = o.id and m.id = any (array(select id from locked))
      returning m.id, m.communication_id, o.status, o.failures, o.reason
    ), theirs as (
      update scheduled_communication c
         set status = ours.status, retry_count = ours.failures, error_message = left(ours.reason, 500),
             sent_at = case when ours.status = 'sent' then ${now}::timestamptz at time zone ${zones.stored}::text
                            else c.sent_at end,
             next_retry_at = case when ours.status = 'pending' then timestamp '9999-01-01 00:00:00' end
        from ours
       where c.id = ours.communication_id and (c.status = 'pending' or ours.status = 'sent')
    )
    select id from ours
    union all
    -- An earlier attempt was stored, only its answer was lost.
    select m.id from opsdeck_jobs.message m join o on o.id = m.id
     where ${again}::boolean and m.state = o.state and m.failures = o.failures
       and m.last_code is not distinct from o.code and m.provider_id is not distinct from o.provider_id`.execute(
    db,
  );
  return new Set(rows.map(({ id }) => id));
}
