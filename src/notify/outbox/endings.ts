import { type Kysely, sql } from 'kysely';
import type { Logger } from 'pino';
import type { Database } from '../../db/tables.ts';
import type { Clock } from '../../time/clock.ts';
import type { Channel } from '../channels/names.ts';
import type { DeliveryOutcome } from '../delivery/outcome.ts';
import { type ClaimedMessage, giveBack } from './claim-messages.ts';
import type { DeliveryTally } from './delivery-report.ts';
import type { Recorder } from './record-outcome.ts';
import type { RunState } from './run-state.ts';
import { afterOutcome, type Transition, untried } from './transition.ts';

export interface EndingsOptions {
  readonly db: Kysely<Database>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  /** For how long a recipient that is put off is tried. */
  readonly giveUpAfterMs: (channel: Channel) => number;
  /** UUID of the sender. */
  readonly owner: string;
  readonly recorder: Recorder;
  readonly tally: DeliveryTally;
  readonly state: RunState;
}

/** Lets go of claimed messages: settled, put off or given back; each way is recorded, counted and logged. */
export class Endings {
  readonly #options: EndingsOptions;

  constructor(options: EndingsOptions) {
    this.#options = options;
  }

  /**
   * @param breakerKey of the destination; null: as it was.
   * @returns false: another sender has taken the message over; what it recorded stays, and is no end of this run's.
   */
  async end(
    message: ClaimedMessage,
    breakerKey: string | null,
    outcome: DeliveryOutcome | Transition,
  ): Promise<boolean> {
    const { clock, random, recorder, tally } = this.#options;
    const giveUpAfterMs = this.#options.giveUpAfterMs(message.channel);
    const to =
      'state' in outcome ? outcome : afterOutcome(message, outcome, clock.now(), { random, giveUpAfterMs });
    const ours = await recorder.record({ id: message.id, breakerKey, tried: true, to });
    if (ours) {
      tally.ended(to.state, message.channel, to.code);
      this.#log(message, to);
    } else {
      tally.takenOver();
      await this.#logTakenOver(message, to);
    }
    return ours;
  }

  /** Waits until then without having been tried. */
  async postpone(
    message: ClaimedMessage,
    breakerKey: string | null,
    until: Date,
    code: string,
    reason: string,
  ): Promise<void> {
    const to = untried(message, { state: 'queued', nextAttemptAt: until, code, reason });
    await this.#options.recorder.record({ id: message.id, breakerKey, tried: false, to });
  }

  /** As if not claimed. Without the database the lease runs out instead: what was not begun is then queued as it was. */
  async giveBack(messages: readonly ClaimedMessage[]): Promise<void> {
    const { db, owner, state } = this.#options;
    const ids = messages.map(({ id }) => id);
    await giveBack(db, owner, ids).catch((error: unknown) => state.fail(error));
  }

  /** What this sender saw, and what is recorded. */
  async #logTakenOver(message: ClaimedMessage, to: Transition): Promise<void> {
    const { db, logger, state } = this.#options;
    const recorded = await sql<{ state: string }>`
      select state from opsdeck_jobs.message where id = ${message.id}::uuid`
      .execute(db)
      .catch((error: unknown) => {
        state.fail(error);
        return { rows: [] };
      });
    const seen = to.reason === null ? to.state : `${to.state}: ${to.reason}`;
    logger.warn(
      {
        'event.action': 'message.taken_over',
        'labels.message_id': message.id,
        'labels.channel': message.channel,
      },
      `message ${message.communication_id} to ${message.destination} was taken over by another sender and is recorded as ${recorded.rows[0]?.state ?? 'removed'}; this one saw: ${seen}`,
    );
  }

  #log(message: ClaimedMessage, to: Transition): void {
    const { logger } = this.#options;
    const fields = {
      'event.action': `message.${to.state === 'queued' ? 'postponed' : to.state}`,
      'event.outcome': to.state === 'sent' ? 'success' : 'failure',
      'labels.message_id': message.id,
      'labels.channel': message.channel,
      'labels.attempt': message.attempts,
      ...(to.code === null ? {} : { 'error.code': to.code }),
    };
    const words = `message ${message.communication_id} to ${message.destination}: ${to.state}`;
    const text = to.reason === null ? words : `${words}: ${to.reason}`;
    if (to.state === 'failed' || to.state === 'unknown') logger.warn(fields, text);
    else logger.info(fields, text);
  }
}
