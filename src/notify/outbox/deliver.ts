/*
 * Delivers the outbox: OpsDeck's queue and ours.
 *
 * Model: a message is a row of `opsdeck_jobs.message` beside a row of OpsDeck's `scheduled_communication`. What OpsDeck queued is
 * adopted first and thereby parked (adopt.ts): its dispatcher leaves it alone from then on. A sender plans (whose turn is it?),
 * claims some for a while (claim-messages.ts; no more than it can send in time: in-hand.ts) and commits. Each is then on its own
 * way (send-message.ts): rendered, marked as begun when it is about to go (begun-marks.ts; no more than are on their way or next in
 * line: in-flight.ts), sent, and what became of it is recorded as soon as it is known (endings.ts, record-outcome.ts). The lease is
 * the fence: it is not the run's, because a message that was sent must be recorded as sent even if the run was given up meanwhile.
 * Clock: what is due is business time; leases are the database's `now()`.
 *
 * | what happens                        | what becomes of the message                                              |
 * | sent                                | `sent`                                                                   |
 * | refused for good, cannot be rendered | `failed`, with the reason                                               |
 * | refused for now                     | queued again after 10, then 20 minutes; `failed` the third time          |
 * | the other side asks to wait         | queued again after as long as it asks, a minute at least; no failure the first 20 times |
 * | our own pace makes it wait          | queued until its turn; no failure, no attempt                            |
 * | its variables cannot be read        | queued with the reason; looked at again in an hour; no failure           |
 * | the content of a batch cannot be read | given back, as if not claimed; the run fails                           |
 * | the database goes away              | nothing more is sent; what was sent is recorded when it is back, within the lease |
 * | the channel is not configured       | queued; looked at again in an hour; no failure; OpsDeck's rows are left to it, or handed back (hand-back.ts) |
 * | the mail server is away, or refuses everybody | given back; no further mail in this run (channel-trouble.ts)    |
 * | the server puts a recipient off     | queued again after 5 minutes, then twice as long, until `mail.give_up_after` |
 * | another sender uses the mail server | as it was (channel-turn.ts)                                              |
 * | the destination keeps failing       | queued until its pause ends; the others go on                            |
 * | the sender is killed before sending | the lease runs out, it is queued as it was (`begun_at` is null)          |
 * | … in the middle of sending          | its channel decides: again, once more and marked, or `unknown`          |
 * | sending is stopped (sending.ts)     | as it was: nothing is adopted, claimed or begun; what was claimed is given back |
 * | too old when first seen             | `held`: its job replaces it where what it reports still is so (renew-held.ts), else an operator decides |
 *
 * Promised: no message is lost, none is sent twice except as said above, one that cannot be sent delays no other.
 */
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { afterDeadlock } from '../../db/after-deadlock.ts';
import { channels as everyChannel } from '../channels/lookup.ts';
import type { Channel } from '../channels/names.ts';
import { adoptDue } from './adopt.ts';
import { BegunMarks } from './begun-marks.ts';
import { type PlannedMessage, planMessages, renewLease } from './claim-messages.ts';
import { loadContent } from './content.ts';
import { type DeliveryReport, DeliveryTally } from './delivery-report.ts';
import { DestinationHealth } from './destination-health.ts';
import { Endings } from './endings.ts';
import { countLeft, handBack } from './hand-back.ts';
import { claimLimit, InHand, inHandLimit } from './in-hand.ts';
import { openWays } from './open-ways.ts';
import type { OutboxParts } from './outbox-parts.ts';
import { Recorder } from './record-outcome.ts';
import { recoverLost, settleQueued } from './recover.ts';
import { RunState } from './run-state.ts';
import { MessageSender } from './send-message.ts';
import { readWhatStopsSending } from './sending.ts';
import { ServerTurns } from './server-turns.ts';

/** Everything that is due, with `adopt` OpsDeck's rows as well, and what is older than `maxAgeMs` when it is first seen is held; or what one run queued. */
export type DeliverWhat =
  | { readonly kind: 'due'; readonly maxAgeMs: number; readonly adopt: boolean }
  | { readonly kind: 'run'; readonly runId: string };

export interface DeliverRequest {
  readonly what: DeliverWhat;
  /** Channels that the configuration has switched off. */
  readonly switchedOff: readonly Channel[];
  readonly signal: AbortSignal;
  progress(done: number): void;
}

const renewEveryMs = 30_000;

/** Sends what is due, until nothing is or the signal comes; what was begun is recorded either way. */
export async function deliver(parts: OutboxParts, request: DeliverRequest): Promise<DeliveryReport> {
  const delivery = new Delivery(parts, request);
  return delivery.run();
}

class Delivery {
  readonly #parts: OutboxParts;
  readonly #request: DeliverRequest;
  readonly #owner = randomUUID();
  readonly #tally = new DeliveryTally();
  readonly #inHand = new InHand();
  readonly #state: RunState;
  readonly #health: DestinationHealth;
  readonly #endings: Endings;
  readonly #sender: MessageSender;
  readonly #turns: ServerTurns;
  /** What is put off until later than this is not this run's any more. */
  readonly #began: Date;

  constructor(parts: OutboxParts, request: DeliverRequest) {
    this.#parts = parts;
    this.#request = request;
    this.#began = parts.clock.now();
    const owner = this.#owner;
    const tally = this.#tally;
    const state = new RunState(request.signal);
    const health = new DestinationHealth({ ...parts, tally });
    const endings = new Endings({
      ...parts,
      owner,
      recorder: new Recorder({ ...parts, owner }),
      tally,
      state,
      giveUpAfterMs: (channel) => parts.channels.byName.get(channel)?.limits?.giveUpAfterMs ?? 0,
    });
    const marks = new BegunMarks(parts.db, owner);
    this.#state = state;
    this.#health = health;
    this.#endings = endings;
    this.#turns = new ServerTurns({ ...parts, owner, tally, state });
    this.#sender = new MessageSender({ parts, health, endings, marks, tally, state });
  }

  async run(): Promise<DeliveryReport> {
    const { db, clock, zones, mode } = this.#parts;
    const { what } = this.#request;
    const stop = await readWhatStopsSending(db);
    if (mode.kind === 'off') return this.#tally.report(mode, stop);
    // Each message in hand listens to it; Node would take that for a leak and say so on stderr.
    setMaxListeners(0, this.#request.signal);
    if (what.kind === 'due') {
      const { maxAgeMs, adopt } = what;
      this.#tally.recovered(await recoverLost(db));
      const ways = await openWays(
        db,
        this.#parts.channels,
        everyChannel.filter((one) => this.#canSend(one)),
      );
      const scope = { now: clock.now(), zones, ways, maxAgeMs };
      this.#tally.handedBack(await handBack(db, scope));
      // What is not ours yet stays OpsDeck's.
      if (adopt) {
        if (stop === null) this.#tally.adopted(await adoptDue(db, scope));
        this.#tally.left(await countLeft(db, scope));
      }
      this.#tally.settled(await afterDeadlock(() => settleQueued(db, clock.now(), maxAgeMs)));
      if (stop === null) this.#tally.renewed(await this.#parts.renewHeld());
    }
    await this.#health.load(everyChannel.filter((one) => !this.#canSend(one)));
    await this.#turns.begin();
    const renewal = setInterval(() => {
      renewLease(db, this.#owner).catch((error: unknown) => this.#state.fail(error));
    }, renewEveryMs);
    try {
      await this.#sendAll();
    } finally {
      clearInterval(renewal);
      await this.#inHand.settled();
      await this.#turns.end();
    }
    this.#state.throwIfFailed();
    return this.#tally.report(mode, await readWhatStopsSending(db));
  }

  async #sendAll(): Promise<void> {
    let plan: readonly PlannedMessage[] = [];
    while (!this.#state.isOver) {
      while (this.#inHand.size > inHandLimit - claimLimit) await this.#inHand.room();
      if (plan.length === 0) {
        plan = await this.#plan();
        if (plan.length === 0) {
          if (this.#inHand.size === 0 && !this.#turns.someWait) return;
          await this.#moreRoom();
          continue;
        }
      }
      const { chosen, left } = this.#inHand.choose(plan.filter(({ channel }) => this.#isOpen(channel)));
      plan = left;
      if (chosen.length > 0) await this.#begin(chosen);
      // What is on its way makes room for its destination's next.
      else if (this.#inHand.size > 0) await this.#inHand.room();
    }
  }

  /** Until all in hand are done, or it is the next turn of a channel: what came due meanwhile is found then. */
  async #moreRoom(): Promise<void> {
    const { signal } = this.#request;
    if (this.#turns.someWait) {
      await Promise.race([this.#turns.next(signal), ...(this.#inHand.size > 0 ? [this.#inHand.room()] : [])]);
      return;
    }
    while (this.#inHand.size > 0) await this.#inHand.room();
  }

  #plan(): Promise<readonly PlannedMessage[]> {
    const { what } = this.#request;
    return planMessages(this.#parts.db, {
      now: this.#began,
      channels: everyChannel.filter((one) => this.#canSend(one) && this.#isOpen(one)),
      runId: what.kind === 'run' ? what.runId : null,
    });
  }

  async #begin(planned: readonly PlannedMessage[]): Promise<void> {
    const { db, clock, zones, appBaseUrl, kinds } = this.#parts;
    const claimed = await this.#turns.claim(planned);
    if (claimed.length === 0) return;
    const contents = await loadContent(db, claimed, { zones, now: clock.now(), appBaseUrl, kinds }).catch(
      async (error: unknown) => {
        this.#state.fail(error);
        await this.#endings.giveBack(claimed);
        throw error;
      },
    );
    for (const message of claimed) {
      this.#inHand.add(message, async (sent) => {
        await this.#sender.send(message, contents.get(message.communication_id), sent);
        this.#request.progress(this.#tally.done);
      });
    }
  }

  #isOpen(channel: Channel): boolean {
    return !this.#health.isAway(channel) && !this.#turns.isClosed(channel);
  }

  /** Mails without a server would only be claimed and put back; of other channels each message may have its own way. */
  #canSend(channel: Channel): boolean {
    if (this.#request.switchedOff.includes(channel)) return false;
    return this.#parts.channels.byName.get(channel)?.ready === true;
  }
}
