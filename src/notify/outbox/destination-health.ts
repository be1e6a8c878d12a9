import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Database } from '../../db/tables.ts';
import type { Clock } from '../../time/clock.ts';
import type { Channel } from '../channels/names.ts';
import type { DeliveryOutcome } from '../delivery/outcome.ts';
import { type KnownDestination, noteFailure, noteSuccess, readDestinations, switchOff } from './breaker.ts';
import {
  type ChannelTrouble,
  forgetTrouble,
  manyRefused,
  type NewTrouble,
  noteTrouble,
  readTroubles,
  troubleIn,
} from './channel-trouble.ts';
import type { DeliveryTally } from './delivery-report.ts';
import { RefusalStreak } from './refusal-streak.ts';

/** An hour without the mail server must not fail every mail that came due in it. */
export function withoutBlame(channel: Channel, outcome: DeliveryOutcome): DeliveryOutcome {
  if (outcome.kind !== 'retry' || troubleIn(channel, outcome) === undefined) return outcome;
  return { ...outcome, costsAttempt: false };
}

/** Why a message must not be sent to its destination now, as the end of a sentence. */
export type Obstacle =
  | { readonly kind: 'off'; readonly reason: string }
  | { readonly kind: 'paused'; readonly until: Date; readonly reason: string };

export interface HealthOptions {
  readonly db: Kysely<Database>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tally: DeliveryTally;
}

/** What was sent, and what came of it. */
export interface Lesson {
  readonly channel: Channel;
  /** Of the destination. */
  readonly key: string;
  /** E-mail address, or the name of a shared destination. */
  readonly destination: string;
  /** When its sending began, by a clock that only goes forward. */
  readonly begun: number;
  readonly outcome: DeliveryOutcome;
}

/** What a run knows of the destinations and channels: it begins with what the database holds, and adds what the run finds out. */
export class DestinationHealth {
  readonly #options: HealthOptions;
  readonly #streak = new RefusalStreak();
  #known = new Map<string, KnownDestination>();
  /** Channels that did not work when they were last tried. */
  #troubles = new Map<string, ChannelTrouble>();
  readonly #away = new Set<Channel>();
  /** Those of which the log has it. */
  readonly #stopped = new Set<Channel>();

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** @param unused channels through which nothing is sent, so that what was known of them does not count. */
  async load(unused: readonly Channel[]): Promise<void> {
    const { db, clock } = this.#options;
    this.#known = await readDestinations(db);
    const troubles = await readTroubles(db);
    this.#troubles = new Map([...troubles].filter(([, { channel }]) => !unused.includes(channel)));
    for (const trouble of this.#troubles.values()) {
      // Also what nothing is tried of in this run: it does not send until something was sent.
      this.#report(trouble);
      if (trouble.pausedUntil !== null && trouble.pausedUntil > clock.now()) this.#away.add(trouble.channel);
    }
  }

  /** Its server is away: nothing more is tried through it in this run. */
  isAway(channel: Channel): boolean {
    return this.#away.has(channel);
  }

  /** It did not work when it was last tried: one message at a time, until one is sent. */
  isOnTrial(channel: Channel): boolean {
    return this.#troubles.has(channel);
  }

  obstacle(key: string): Obstacle | undefined {
    const known = this.#known.get(key);
    if (known === undefined) return undefined;
    const reason = known.reason ?? 'it failed';
    if (known.switchedOff) return { kind: 'off', reason };
    if (known.pausedUntil === null || known.pausedUntil <= this.#options.clock.now()) return undefined;
    return { kind: 'paused', until: known.pausedUntil, reason };
  }

  /**
   * What an outcome says of the channel as a whole; undefined: nothing new. At once, before anything is written: what waits for its
   * place must not be sent any more.
   */
  notice(lesson: Lesson): NewTrouble | undefined {
    const { channel, begun, outcome } = lesson;
    if (outcome.kind === 'sent') this.#streak.sent(begun);
    const trouble = troubleIn(channel, outcome) ?? this.#troubleOfMany(lesson);
    if (trouble !== undefined) this.#away.add(channel);
    return trouble;
  }

  /** Stores what was learned: of the channel, when it is in trouble, otherwise of the destination. */
  async learn(lesson: Lesson, trouble: NewTrouble | undefined): Promise<void> {
    const { channel, key, outcome } = lesson;
    const { db } = this.#options;
    if (trouble !== undefined) return this.#stopChannel(channel, trouble);
    if (outcome.kind !== 'sent') return this.#blame(lesson);
    // What was on its way when the channel was stopped says nothing new.
    if (!this.#away.has(channel) && this.#troubles.delete(channel)) {
      this.#options.tally.works(channel);
      await forgetTrouble(db, channel);
    }
    if (this.#known.delete(key)) await noteSuccess(db, key);
  }

  /** undefined: it is this destination's affair, as far as is known. */
  #troubleOfMany({ channel, destination, begun, outcome }: Lesson): NewTrouble | undefined {
    if ((outcome.kind !== 'failed' && outcome.kind !== 'retry') || outcome.sameReply === undefined) {
      return undefined;
    }
    const refusal = { text: `${channel} ${outcome.sameReply}`, recipient: destination, begun };
    if (!this.#streak.refused(refusal)) return undefined;
    const reason = `many recipients of several domains were refused with the same words: ${outcome.reason}`;
    return {
      code: manyRefused,
      reason,
      next: 'Look at what was refused with `messages list --state failed`.',
    };
  }

  async #stopChannel(channel: Channel, found: NewTrouble): Promise<void> {
    const { db, clock, logger } = this.#options;
    const isNew = !this.#stopped.has(channel);
    this.#stopped.add(channel);
    const trouble = await noteTrouble(db, channel, found, clock.now());
    this.#troubles.set(channel, trouble);
    this.#report(trouble);
    if (!isNew) return;
    const until = trouble.pausedUntil === null ? '' : ` until ${trouble.pausedUntil.toISOString()}`;
    logger.warn(
      { 'event.action': 'channel.stopped', 'labels.channel': channel, 'error.code': trouble.code },
      `nothing more is sent by ${channel}${until}: ${trouble.reason}`,
    );
  }

  #report({ channel, code, reason, next, since, pausedUntil }: ChannelTrouble): void {
    this.#options.tally.away(channel, { code, reason, next, since, pausedUntil });
  }

  async #blame({ channel, key, outcome }: Lesson): Promise<void> {
    const { db, clock, logger } = this.#options;
    if (outcome.kind === 'sent') return;
    if (outcome.kind === 'gone') {
      await switchOff(db, key, channel, outcome.reason, clock.now());
      this.#known.set(key, { pausedUntil: null, switchedOff: true, reason: outcome.reason });
      logger.warn(
        { 'event.action': 'destination.switched_off', 'labels.channel': channel },
        `a destination of ${channel} no longer exists and was switched off: ${outcome.reason}`,
      );
      return;
    }
    if (outcome.kind === 'retry' && !outcome.costsAttempt) return;
    const pausedUntil = await noteFailure(db, key, channel, outcome.reason, clock.now());
    this.#known.set(key, { pausedUntil, switchedOff: false, reason: outcome.reason });
    if (pausedUntil === null) return;
    logger.warn(
      { 'event.action': 'destination.paused', 'labels.channel': channel },
      `a destination of ${channel} keeps failing and is left alone until ${pausedUntil.toISOString()}: ${outcome.reason}`,
    );
  }
}
