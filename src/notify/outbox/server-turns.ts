import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Database } from '../../db/tables.ts';
import { channelsWhere, definitionOf } from '../channels/lookup.ts';
import type { Channel } from '../channels/names.ts';
import {
  addChannels,
  endTurns,
  patienceMs,
  renewTurnEveryMs,
  renewTurns,
  type Turn,
  takeTurn,
} from './channel-turn.ts';
import { type ClaimedMessage, claimMessages, type PlannedMessage } from './claim-messages.ts';
import type { DeliveryTally } from './delivery-report.ts';
import type { OpenChannels } from './route.ts';
import type { RunState } from './run-state.ts';

export interface ServerTurnsOptions {
  readonly db: Kysely<Database>;
  /** UUID of the sender. */
  readonly owner: string;
  readonly channels: OpenChannels;
  readonly tally: DeliveryTally;
  readonly state: RunState;
}

/** Another sender has it: looked at again after this. */
const lookAgainMs = 250;

/** Claims messages, those of a channel with one server only when it is this sender's turn; keeps the turns, and ends them. */
export class ServerTurns {
  readonly #options: ServerTurnsOptions;
  readonly #ours = new Set<Channel>();
  /** Not before then, by `performance.now()`. */
  readonly #notBefore = new Map<Channel, number>();
  /** Since when another sender has had it. */
  readonly #takenSince = new Map<Channel, number>();
  readonly #gaveUp = new Set<Channel>();
  #renewal: NodeJS.Timeout | undefined;

  constructor(options: ServerTurnsOptions) {
    this.#options = options;
  }

  async begin(): Promise<void> {
    const { db, owner, state } = this.#options;
    await addChannels(
      db,
      channelsWhere(({ oneServer }) => oneServer),
    );
    this.#renewal = setInterval(() => {
      if (this.#ours.size > 0) renewTurns(db, owner).catch((error: unknown) => state.fail(error));
    }, renewTurnEveryMs);
  }

  /** Closes the connections, then lets others have the servers. */
  async end(): Promise<void> {
    clearInterval(this.#renewal);
    if (this.#ours.size === 0) return;
    for (const channel of this.#ours) this.#options.channels.byName.get(channel)?.close?.();
    const { db, owner, state } = this.#options;
    // Without the database the turn runs out.
    await endTurns(db, owner).catch((error: unknown) => state.fail(error));
  }

  /** Nothing of it may be claimed now. */
  isClosed(channel: Channel): boolean {
    return this.#gaveUp.has(channel) || (this.#notBefore.get(channel) ?? 0) > performance.now();
  }

  /** Something may be claimed later. */
  get someWait(): boolean {
    const now = performance.now();
    return [...this.#notBefore.values()].some((at) => at > now);
  }

  /** Until the next turn that is waited for, or the signal. */
  async next(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const first = Math.min(...[...this.#notBefore.values()].filter((at) => at > now));
    await sleep(Math.max(1, first - now), undefined, { signal }).catch(() => undefined);
  }

  /** What of these is ours now. */
  async claim(planned: readonly PlannedMessage[]): Promise<readonly ClaimedMessage[]> {
    const { db, owner } = this.#options;
    const others: string[] = [];
    const ofServers = new Map<Channel, string[]>();
    for (const { id, channel } of planned) {
      if (!definitionOf(channel).oneServer) others.push(id);
      else ofServers.set(channel, [...(ofServers.get(channel) ?? []), id]);
    }
    const claimed = others.length === 0 ? [] : [...(await claimMessages(db, owner, others))];
    for (const [channel, ids] of ofServers) claimed.push(...(await this.#claimInTurn(channel, ids)));
    return claimed;
  }

  async #claimInTurn(channel: Channel, ids: readonly string[]): Promise<readonly ClaimedMessage[]> {
    const { db, owner, channels } = this.#options;
    const perMinute = channels.byName.get(channel)?.limits?.perMinute ?? null;
    const { turn, claimed } = await db.transaction().execute(async (trx) => {
      const found = await takeTurn(trx, channel, owner, { wanted: ids.length, perMinute });
      if (found.kind === 'taken' || found.messages === 0) return { turn: found, claimed: [] };
      return { turn: found, claimed: await claimMessages(trx, owner, ids.slice(0, found.messages)) };
    });
    this.#note(channel, turn);
    return claimed;
  }

  #note(channel: Channel, turn: Turn): void {
    const now = performance.now();
    if (turn.kind === 'ours') {
      this.#ours.add(channel);
      this.#takenSince.delete(channel);
      this.#notBefore.set(channel, now + turn.waitMs);
      return;
    }
    this.#ours.delete(channel);
    const since = this.#takenSince.get(channel) ?? now;
    this.#takenSince.set(channel, since);
    this.#notBefore.set(channel, now + lookAgainMs);
    if (now - since < patienceMs) return;
    this.#gaveUp.add(channel);
    this.#options.tally.taken(channel);
  }
}
