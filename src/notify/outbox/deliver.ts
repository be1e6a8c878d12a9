/*
 * Delivers the outbox: OpsDeck's queue and ours.
 *
 * Model: a message is a row of `opsdeck_jobs.message` beside a row of OpsDeck's `scheduled_communication`. What OpsDeck queued is
 * adopted first and thereby parked (adopt.ts): its dispatcher leaves it alone from then on. A sender plans (whose turn is it?),
 * claims some for a while (claim-messages.ts), commits, marks those that are about to go as begun (begun-marks.ts; no more than are
 * really on their way: in-flight.ts), sends, and records what became of each as soon as it is known (record-outcome.ts). The lease is the fence: it is not the run's, because a message that was sent must be recorded as sent
 * even if the run was given up meanwhile.
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
 * | the channel is not configured       | queued; looked at again in an hour; no failure                           |
 * | the mail server is away             | given back; no further mail in this run                                  |
 * | the destination keeps failing       | queued until its pause ends; the others go on                            |
 * | the sender is killed before sending | the lease runs out, it is queued as it was (`begun_at` is null)          |
 * | … in the middle of sending          | webhook again under its id, mail once more and marked, others `unknown`  |
 * | too old when first seen             | `held`: an operator decides; seen in time it waits as long as it must    |
 *
 * Promised: no message is lost, none is sent twice except as said above, one that cannot be sent delays no other.
 */
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Database } from '../../db/tables.ts';
import type { Clock } from '../../time/clock.ts';
import type { Zones } from '../../time/zones.ts';
import type { DeliveryOutcome, Retry } from '../delivery/outcome.ts';
import { type Channel, channels as everyChannel } from '../notifier.ts';
import { destinationKey } from '../park.ts';
import type { Rendered } from '../templates/render-protocol.ts';
import { type Renderer, TemplateFailure } from '../templates/renderer.ts';
import { adoptDue } from './adopt.ts';
import { BegunMarks } from './begun-marks.ts';
import { type KnownDestination, noteFailure, noteSuccess, readDestinations, switchOff } from './breaker.ts';
import {
  type ClaimedMessage,
  claimMessages,
  giveBack,
  type PlannedMessage,
  planMessages,
  renewLease,
} from './claim-messages.ts';
import { loadContent, type MessageContent } from './content.ts';
import type { DeliveryMode } from './delivery-mode.ts';
import { type DeliveryReport, DeliveryTally } from './delivery-report.ts';
import { InFlight } from './in-flight.ts';
import { Recorder } from './record-outcome.ts';
import { recoverLost, settleQueued } from './recover.ts';
import { type OpenChannels, type Route, routeOf } from './sender.ts';
import { afterOutcome, type Transition } from './transition.ts';
import { Unreadable } from './variables.ts';

/** What the outbox works with. */
export interface OutboxParts {
  /** Writes outside the run's fence; see the header. */
  readonly db: Kysely<Database>;
  readonly clock: Clock;
  readonly zones: Zones;
  readonly logger: Logger;
  readonly channels: OpenChannels;
  readonly renderer: Renderer;
  readonly mode: DeliveryMode;
  readonly random: () => number;
}

/** Everything that is due, OpsDeck's rows as well, and what is older than `maxAgeMs` when it is first seen is held; or what one run queued. */
export type DeliverWhat =
  | { readonly kind: 'due'; readonly maxAgeMs: number }
  | { readonly kind: 'run'; readonly runId: string };

export interface DeliverRequest {
  readonly what: DeliverWhat;
  /** Channels that the configuration has switched off. */
  readonly switchedOff: readonly Channel[];
  readonly signal: AbortSignal;
  progress(done: number): void;
}

/** Messages in hand at once: enough to keep every connection busy, few enough to send within their lease. */
const inHandLimit = 150;
const claimLimit = 50;
/** Of one destination: a slow one must not take the place of the others. */
const perDestination = 25;
const renewEveryMs = 30_000;
const unconfiguredWaitMs = 3_600_000;

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
  readonly #recorder: Recorder;
  readonly #inHand = new Set<Promise<void>>();
  /** How many of each destination are in hand. */
  readonly #busy = new Map<string, number>();
  /** Called when one in hand is done. */
  #oneDone: () => void = () => undefined;
  /** Channels whose server is away: nothing more is tried in this run. */
  readonly #away = new Set<Channel>();
  readonly #inFlight = new InFlight();
  readonly #marks: BegunMarks;
  /** What may be on its way, or was. */
  readonly #begun = new Set<string>();
  #destinations = new Map<string, KnownDestination>();
  /** What is put off until later than this is not this run's any more. */
  readonly #began: Date;
  #failure: unknown;

  constructor(parts: OutboxParts, request: DeliverRequest) {
    this.#parts = parts;
    this.#request = request;
    this.#began = parts.clock.now();
    this.#marks = new BegunMarks(parts.db, this.#owner);
    this.#recorder = new Recorder({ ...parts, owner: this.#owner });
  }

  async run(): Promise<DeliveryReport> {
    const { db, clock, zones, mode } = this.#parts;
    const { what } = this.#request;
    if (mode.kind === 'off') return this.#tally.report(mode);
    // Each message in hand listens to it; Node would take that for a leak and say so on stderr.
    setMaxListeners(0, this.#request.signal);
    if (what.kind === 'due') {
      const { maxAgeMs } = what;
      this.#tally.recovered(await recoverLost(db));
      this.#tally.adopted(await adoptDue(db, { now: clock.now(), zones, maxAgeMs }));
      this.#tally.settled(await settleQueued(db, clock.now(), maxAgeMs));
    }
    this.#destinations = await readDestinations(db);
    const renewal = setInterval(() => {
      renewLease(db, this.#owner).catch((error: unknown) => {
        this.#failure ??= error;
      });
    }, renewEveryMs);
    try {
      await this.#sendAll();
    } finally {
      clearInterval(renewal);
      await Promise.all(this.#inHand);
    }
    if (this.#failure !== undefined) throw this.#failure;
    return this.#tally.report(mode);
  }

  async #sendAll(): Promise<void> {
    const { db, clock, zones } = this.#parts;
    const { what, signal } = this.#request;
    const runId = what.kind === 'run' ? what.runId : null;
    let plan: readonly PlannedMessage[] = [];
    while (!signal.aborted && this.#failure === undefined) {
      while (this.#inHand.size > inHandLimit - claimLimit) await this.#next();
      if (plan.length === 0) {
        const channels = everyChannel.filter((one) => this.#canSend(one));
        plan = await planMessages(db, { now: this.#began, channels, runId });
        if (plan.length === 0) {
          if (this.#inHand.size === 0) return;
          // What came due meanwhile is found when these are done.
          while (this.#inHand.size > 0) await this.#next();
          continue;
        }
      }
      const { chosen, left } = this.#choose(plan);
      plan = left;
      if (chosen.length === 0) {
        // What is on its way makes room for its destination's next.
        if (this.#inHand.size > 0) await this.#next();
        continue;
      }
      const claimed = await claimMessages(db, this.#owner, chosen);
      const contents = await loadContent(db, claimed, zones, clock.now()).catch(async (error: unknown) => {
        this.#failure = error;
        await this.#giveBack(claimed);
        throw error;
      });
      for (const message of claimed) this.#begin(message, contents.get(message.communication_id));
    }
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#oneDone = resolve;
    });
  }

  /** The next that may begin: of no destination too many at once, of no channel that is away. */
  #choose(plan: readonly PlannedMessage[]): {
    readonly chosen: readonly string[];
    readonly left: readonly PlannedMessage[];
  } {
    const chosen: string[] = [];
    const left: PlannedMessage[] = [];
    const busy = new Map(this.#busy);
    for (const planned of plan) {
      if (this.#away.has(planned.channel)) continue;
      const key = destinationKey(planned);
      const count = busy.get(key) ?? 0;
      if (chosen.length >= claimLimit || count >= perDestination) {
        left.push(planned);
        continue;
      }
      busy.set(key, count + 1);
      chosen.push(planned.id);
    }
    return { chosen, left };
  }

  /** E-mail that is not configured would only be claimed and put back; of the others each message may have its own way. */
  #canSend(channel: Channel): boolean {
    if (this.#request.switchedOff.includes(channel) || this.#away.has(channel)) return false;
    return channel !== 'email' || this.#parts.channels.mail !== undefined;
  }

  #begin(message: ClaimedMessage, content: MessageContent | Unreadable | undefined): void {
    const key = destinationKey(message);
    this.#busy.set(key, (this.#busy.get(key) ?? 0) + 1);
    const work = this.#handle(message, content)
      .catch(async (error: unknown) => {
        // The lease of what was begun runs out, and the message is recovered.
        this.#failure ??= error;
        if (!this.#begun.has(message.id)) await this.#giveBack([message]);
      })
      .finally(() => {
        this.#inHand.delete(work);
        this.#begun.delete(message.id);
        const count = (this.#busy.get(key) ?? 1) - 1;
        if (count === 0) this.#busy.delete(key);
        else this.#busy.set(key, count);
        this.#request.progress(this.#tally.done);
        this.#oneDone();
      });
    this.#inHand.add(work);
  }

  async #handle(message: ClaimedMessage, content: MessageContent | Unreadable | undefined): Promise<void> {
    const { channels, clock, mode } = this.#parts;
    if (this.#isOver(message.channel)) return this.#giveBack([message]);
    if (content === undefined) {
      return this.#end(
        message,
        null,
        failedBefore(message, 'template_missing', 'Its template does not exist any more'),
      );
    }
    if (content instanceof Unreadable) {
      const again = new Date(clock.now().getTime() + unconfiguredWaitMs);
      this.#tally.ended('queued', message.channel, 'variables_unreadable');
      return this.#postpone(message, null, again, 'variables_unreadable', content.reason);
    }
    if (mode.kind === 'redirect' && message.channel !== 'email') {
      return this.#end(message, null, {
        ...unchanged(message),
        state: 'cancelled',
        code: 'redirected',
        reason: 'Delivery is redirected: nothing is sent through this channel',
      });
    }
    const route = routeOf(channels, message, redirected(content, mode));
    if (route.kind === 'unconfigured') {
      this.#tally.unconfigured(message.channel);
      const again = new Date(clock.now().getTime() + unconfiguredWaitMs);
      return this.#postpone(
        message,
        null,
        again,
        'not_configured',
        `The channel ${message.channel} is not configured`,
      );
    }
    if (await this.#heldBack(message, route)) return;
    await this.#send(message, content, route);
  }

  /** Nothing more is sent: the run is stopped, the channel is away, or what would be sent could not be recorded. */
  #isOver(channel: Channel): boolean {
    return this.#request.signal.aborted || this.#failure !== undefined || this.#away.has(channel);
  }

  /** True when the destination is paused or switched off; the message is then dealt with. */
  async #heldBack(message: ClaimedMessage, route: Extract<Route, { kind: 'route' }>): Promise<boolean> {
    const known = this.#destinations.get(route.breakerKey);
    if (known === undefined) return false;
    const reason = known.reason ?? 'it failed';
    if (known.switchedOff) {
      await this.#end(
        message,
        route.breakerKey,
        failedBefore(message, 'destination_off', `The destination is switched off: ${reason}`),
      );
      return true;
    }
    if (known.pausedUntil === null || known.pausedUntil <= this.#parts.clock.now()) return false;
    this.#tally.paused();
    await this.#postpone(
      message,
      route.breakerKey,
      known.pausedUntil,
      'destination_paused',
      `The destination is paused: ${reason}`,
    );
    return true;
  }

  async #send(
    message: ClaimedMessage,
    content: MessageContent,
    route: Extract<Route, { kind: 'route' }>,
  ): Promise<void> {
    const { renderer, mode } = this.#parts;
    let rendered: Rendered;
    try {
      const { subject, bodyHtml, context } = content;
      const mailText = message.channel === 'email';
      rendered = await renderer.render({ subject, bodyHtml, context, mailText });
    } catch (error) {
      if (!(error instanceof TemplateFailure)) throw error;
      return this.#end(message, null, failedBefore(message, error.code, error.reason));
    }
    const subject =
      mode.kind === 'redirect'
        ? `[to ${content.recipientEmail ?? 'nobody'}] ${rendered.subject}`
        : rendered.subject;
    await this.#inFlight.enter(message.channel, route.breakerKey);
    let outcome: DeliveryOutcome;
    try {
      // Much may have happened while it waited for its place.
      if (this.#isOver(message.channel)) return await this.#giveBack([message]);
      if (await this.#heldBack(message, route)) return;
      if (!(await this.#marks.mark(message.id))) return;
      this.#begun.add(message.id);
      if (this.#failure !== undefined) return await this.#giveBack([message]);
      outcome = await route.send({ ...rendered, subject }, this.#request.signal);
    } finally {
      this.#inFlight.leave(message.channel, route.breakerKey);
    }
    if (outcome.kind === 'retry' && outcome.code === 'paced') {
      return this.#postponePaced(message, route.breakerKey, outcome);
    }
    const judged = withoutBlame(message.channel, outcome);
    await this.#end(message, route.breakerKey, judged);
    await this.#learn(message.channel, route.breakerKey, judged);
  }

  /** Our own pace, not a refusal: it comes back when its turn may be, spread so that many do not come back as one. */
  async #postponePaced(message: ClaimedMessage, breakerKey: string, { reason, retryAfterMs = 0 }: Retry) {
    const { clock, logger, random } = this.#parts;
    const until = new Date(clock.now().getTime() + retryAfterMs * (1 + random()));
    this.#tally.paused();
    await this.#postpone(message, breakerKey, until, 'paced', reason);
    logger.info(
      { 'event.action': 'message.paced', 'labels.message_id': message.id, 'labels.channel': message.channel },
      `message ${message.communication_id} to ${message.destination} waits for its turn until ${until.toISOString()}`,
    );
  }

  async #end(
    message: ClaimedMessage,
    breakerKey: string | null,
    outcome: DeliveryOutcome | Transition,
  ): Promise<void> {
    const { clock, random } = this.#parts;
    const to = 'state' in outcome ? outcome : afterOutcome(message, outcome, clock.now(), random);
    const ours = await this.#recorder.record({ id: message.id, breakerKey, tried: true, to });
    this.#tally.ended(to.state, message.channel, to.code);
    this.#log(message, to, ours);
  }

  async #postpone(
    message: ClaimedMessage,
    breakerKey: string | null,
    until: Date,
    code: string,
    reason: string,
  ): Promise<void> {
    await this.#recorder.record({
      id: message.id,
      breakerKey,
      tried: false,
      to: { ...unchanged(message), state: 'queued', nextAttemptAt: until, code, reason },
    });
  }

  /** As if not claimed. Without the database the lease runs out instead: what was not begun is then queued as it was. */
  async #giveBack(messages: readonly ClaimedMessage[]): Promise<void> {
    const ids = messages.map(({ id }) => id);
    await giveBack(this.#parts.db, this.#owner, ids).catch((error: unknown) => {
      this.#failure ??= error;
    });
  }

  /** What an outcome says of its destination, and of the channel as a whole. */
  async #learn(channel: Channel, key: string, outcome: DeliveryOutcome): Promise<void> {
    const { db, clock, logger } = this.#parts;
    if (outcome.kind === 'sent') {
      if (this.#destinations.delete(key)) await noteSuccess(db, key);
      return;
    }
    if (outcome.kind === 'gone') {
      await switchOff(db, key, channel, outcome.reason, clock.now());
      this.#destinations.set(key, { pausedUntil: null, switchedOff: true, reason: outcome.reason });
      logger.warn(
        { 'event.action': 'destination.switched_off', 'labels.channel': channel },
        `a destination of ${channel} is gone and was switched off: ${outcome.reason}`,
      );
      return;
    }
    if (outcome.kind === 'retry' && isChannelWide(channel, outcome.code)) {
      this.#away.add(channel);
      this.#tally.away(channel, outcome.code, outcome.reason);
      return;
    }
    if (outcome.kind === 'retry' && !outcome.costsAttempt) return;
    const pausedUntil = await noteFailure(db, key, channel, outcome.reason, clock.now());
    this.#destinations.set(key, { pausedUntil, switchedOff: false, reason: outcome.reason });
    if (pausedUntil === null) return;
    logger.warn(
      { 'event.action': 'destination.paused', 'labels.channel': channel },
      `a destination of ${channel} keeps failing and is left alone until ${pausedUntil.toISOString()}: ${outcome.reason}`,
    );
  }

  #log(message: ClaimedMessage, to: Transition, ours: boolean): void {
    const { logger } = this.#parts;
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

/** Trouble that every message of the channel would have; for mail only, whose server is one for all. */
const channelWide: ReadonlySet<string> = new Set(['server_away', 'login_refused', 'tls_refused']);

function isChannelWide(channel: Channel, code: string): boolean {
  return channel === 'email' && channelWide.has(code);
}

/** An hour without the mail server must not fail every mail that came due in it. */
function withoutBlame(channel: Channel, outcome: DeliveryOutcome): DeliveryOutcome {
  if (outcome.kind !== 'retry' || !isChannelWide(channel, outcome.code)) return outcome;
  return { ...outcome, costsAttempt: false };
}

function unchanged(message: ClaimedMessage): Omit<Transition, 'state' | 'code' | 'reason'> {
  return {
    failures: message.failures,
    nextAttemptAt: null,
    possibleRepeat: message.possible_repeat,
    providerId: null,
    waits: message.waits,
  };
}

function failedBefore(message: ClaimedMessage, code: string, reason: string): Transition {
  return { ...unchanged(message), state: 'failed', failures: message.failures + 1, code, reason };
}

function redirected(content: MessageContent, mode: DeliveryMode): MessageContent {
  return mode.kind === 'redirect' ? { ...content, recipientEmail: mode.address } : content;
}
