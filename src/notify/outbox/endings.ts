import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Database } from '../../db/tables.ts';
import type { Clock } from '../../time/clock.ts';
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

  /** @param breakerKey of the destination; null: as it was. */
  async end(
    message: ClaimedMessage,
    breakerKey: string | null,
    outcome: DeliveryOutcome | Transition,
  ): Promise<void> {
    const { clock, random, recorder, tally } = this.#options;
    const to = 'state' in outcome ? outcome : afterOutcome(message, outcome, clock.now(), random);
    const ours = await recorder.record({ id: message.id, breakerKey, tried: true, to });
    tally.ended(to.state, message.channel, to.code);
    this.#log(message, to, ours);
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

  #log(message: ClaimedMessage, to: Transition, ours: boolean): void {
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
    if (!ours) logger.warn(fields, `${text}; somebody else has decided about it meanwhile`);
    else if (to.state === 'failed' || to.state === 'unknown') logger.warn(fields, text);
    else logger.info(fields, text);
  }
}
