import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Database } from '../../db/tables.ts';
import type { Clock } from '../../time/clock.ts';
import type { Channel } from '../channels/index.ts';
import { definitionOf } from '../channels/lookup.ts';
import type { DeliveryOutcome } from '../delivery/outcome.ts';
import { type KnownDestination, noteFailure, noteSuccess, readDestinations, switchOff } from './breaker.ts';
import type { DeliveryTally } from './delivery-report.ts';

/** Trouble that every message of the channel would have, where one server is for all. */
const channelWide: ReadonlySet<string> = new Set(['server_away', 'login_refused', 'tls_refused']);

function isChannelWide(channel: Channel, code: string): boolean {
  return definitionOf(channel).oneServer && channelWide.has(code);
}

/** An hour without the mail server must not fail every mail that came due in it. */
export function withoutBlame(channel: Channel, outcome: DeliveryOutcome): DeliveryOutcome {
  if (outcome.kind !== 'retry' || !isChannelWide(channel, outcome.code)) return outcome;
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

/** What a run knows of the destinations and channels: it begins with what the database holds, and adds what the run finds out. */
export class DestinationHealth {
  readonly #options: HealthOptions;
  #known = new Map<string, KnownDestination>();
  readonly #away = new Set<Channel>();

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  async load(): Promise<void> {
    this.#known = await readDestinations(this.#options.db);
  }

  /** Its server is away: nothing more is tried through it in this run. */
  isAway(channel: Channel): boolean {
    return this.#away.has(channel);
  }

  obstacle(key: string): Obstacle | undefined {
    const known = this.#known.get(key);
    if (known === undefined) return undefined;
    const reason = known.reason ?? 'it failed';
    if (known.switchedOff) return { kind: 'off', reason };
    if (known.pausedUntil === null || known.pausedUntil <= this.#options.clock.now()) return undefined;
    return { kind: 'paused', until: known.pausedUntil, reason };
  }

  /** What an outcome says of its destination, and of the channel as a whole. */
  async learn(channel: Channel, key: string, outcome: DeliveryOutcome): Promise<void> {
    const { db, clock, logger, tally } = this.#options;
    if (outcome.kind === 'sent') {
      if (this.#known.delete(key)) await noteSuccess(db, key);
      return;
    }
    if (outcome.kind === 'gone') {
      await switchOff(db, key, channel, outcome.reason, clock.now());
      this.#known.set(key, { pausedUntil: null, switchedOff: true, reason: outcome.reason });
      logger.warn(
        { 'event.action': 'destination.switched_off', 'labels.channel': channel },
        `a destination of ${channel} is gone and was switched off: ${outcome.reason}`,
      );
      return;
    }
    if (outcome.kind === 'retry' && isChannelWide(channel, outcome.code)) {
      this.#away.add(channel);
      tally.away(channel, outcome.code, outcome.reason);
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
