import { channels } from '../channels/lookup.ts';
import type { Channel } from '../channels/names.ts';
import type { Adopted, Refusal } from './adopted.ts';
import type { ChannelTrouble } from './channel-trouble.ts';
import type { DeliveryMode } from './delivery-mode.ts';
import type { Recovered } from './recover.ts';
import type { Renewed } from './renewal.ts';
import type { SendingStop } from './sending.ts';
import type { Transition } from './transition.ts';

/** A number for each channel, by its name. */
export type ChannelCounts = Readonly<Record<string, number>>;

/** 0 for those that are not in the map. */
export function channelCounts(counts: ReadonlyMap<string, number> = new Map()): ChannelCounts {
  return Object.fromEntries(channels.map((channel) => [channel, counts.get(channel) ?? 0]));
}

/** A channel whose server could not be used, or is left alone for now; times are ISO 8601 UTC. */
export interface AwayChannel {
  readonly channel: Channel;
  readonly code: string;
  readonly reason: string;
  /** The setting that answers it; null: none is known. */
  readonly next: string | null;
  readonly since: string;
  /** null: the next run tries. */
  readonly paused_until: string | null;
}

/** What a run of the outbox came to; plain JSON. */
export interface DeliveryReport {
  readonly mode: DeliveryMode['kind'];
  /** An operator had stopped all sending when the run ended: what was not sent waits. `at`: ISO 8601 UTC. null: nobody had. */
  readonly sending_stopped: {
    readonly at: string;
    readonly by: string;
    readonly reason: string | null;
  } | null;
  /** Rows of OpsDeck that were taken over. */
  readonly adopted: number;
  /** Rows of OpsDeck that are its own again: their channel sends no more, and they were never tried. */
  readonly handed_back: number;
  /** By channel: due rows of OpsDeck that cannot be sent from here; its own dispatcher may. */
  readonly left_to_opsdeck: ChannelCounts;
  /** Held now because they were too old when first seen; an operator decides. */
  readonly held: number;
  /** Rows that can never be sent, by reason; they failed at once. */
  readonly refused: Readonly<Partial<Record<Refusal, number>>>;
  /** Whose sender had ended in the middle. */
  readonly recovered: { readonly requeued: number; readonly unknown: number };
  /** Alerts of jobs that were too old: `replaced` by others with the present facts, or `obsolete`. */
  readonly renewed: { readonly replaced: number; readonly obsolete: number };
  /** OpsDeck had decided otherwise meanwhile. */
  readonly cancelled: number;
  readonly sent: number;
  /** By channel. */
  readonly sent_by: ChannelCounts;
  readonly failed: number;
  /** By channel: tried, and not sent. */
  readonly failed_by: ChannelCounts;
  /** By channel: failed for good. */
  readonly lost_by: ChannelCounts;
  /** Tried, and will be tried again. */
  readonly postponed: number;
  /** Tried, and nobody knows whether they arrived; an operator decides. */
  readonly unknown: number;
  /** Claimed here, and decided by another sender meanwhile, because this one stood still: its report has them. */
  readonly taken_over: number;
  /** Not tried: their destination is paused. */
  readonly paused: number;
  /** Not tried: their channel is not configured. */
  readonly unconfigured: ChannelCounts;
  /** Channels that do not send: their server could not be used now, or when it was last tried. */
  readonly away: readonly AwayChannel[];
  /** Not tried: another sender uses the server of their channel. */
  readonly waiting_for_others: readonly Channel[];
  /** Why messages failed or were postponed, by code. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** Counts while a run goes on. */
export class DeliveryTally {
  #adopted: Adopted = { adopted: 0, held: 0, refused: new Map() };
  #handedBack = { handedBack: 0, held: 0 };
  #left: ReadonlyMap<string, number> = new Map();
  #recovered: Recovered = { requeued: 0, unknown: 0 };
  #settled = { cancelled: 0, held: 0 };
  #renewed: Renewed = { replaced: 0, obsolete: 0 };
  #takenOver = 0;
  #paused = 0;
  readonly #ended: Record<Transition['state'], number> = {
    queued: 0,
    sent: 0,
    failed: 0,
    cancelled: 0,
    unknown: 0,
  };
  readonly #sentBy = new Map<Channel, number>();
  readonly #failedBy = new Map<Channel, number>();
  readonly #lostBy = new Map<Channel, number>();
  readonly #unconfigured = new Map<Channel, number>();
  readonly #away = new Map<Channel, Omit<ChannelTrouble, 'channel'>>();
  readonly #taken = new Set<Channel>();
  readonly #reasons: Record<string, number> = {};

  /** Messages that are dealt with. */
  get done(): number {
    return Object.values(this.#ended).reduce((sum, one) => sum + one, this.#takenOver);
  }

  adopted(adopted: Adopted): void {
    this.#adopted = adopted;
  }

  handedBack(handedBack: { readonly handedBack: number; readonly held: number }): void {
    this.#handedBack = handedBack;
  }

  /** To OpsDeck, by channel. */
  left(left: ReadonlyMap<string, number>): void {
    this.#left = left;
  }

  recovered(recovered: Recovered): void {
    this.#recovered = recovered;
  }

  renewed(renewed: Renewed): void {
    this.#renewed = renewed;
  }

  settled(settled: { readonly cancelled: number; readonly held: number }): void {
    this.#settled = settled;
  }

  ended(state: Transition['state'], channel: Channel, code: string | null): void {
    this.#ended[state] += 1;
    if (state === 'sent') countOne(this.#sentBy, channel);
    else if (state !== 'cancelled') countOne(this.#failedBy, channel);
    if (state === 'failed') countOne(this.#lostBy, channel);
    if (code !== null) this.#reasons[code] = (this.#reasons[code] ?? 0) + 1;
  }

  takenOver(): void {
    this.#takenOver += 1;
  }

  unconfigured(channel: Channel): void {
    countOne(this.#unconfigured, channel);
  }

  paused(): void {
    this.#paused += 1;
  }

  away(channel: Channel, trouble: Omit<ChannelTrouble, 'channel'>): void {
    this.#away.set(channel, trouble);
  }

  /** It sends again. */
  works(channel: Channel): void {
    this.#away.delete(channel);
  }

  taken(channel: Channel): void {
    this.#taken.add(channel);
  }

  report({ kind }: DeliveryMode, stop: SendingStop | null): DeliveryReport {
    return {
      mode: kind,
      sending_stopped: stop === null ? null : { ...stop, at: stop.at.toISOString() },
      adopted: this.#adopted.adopted,
      handed_back: this.#handedBack.handedBack,
      left_to_opsdeck: channelCounts(this.#left),
      held: this.#adopted.held + this.#settled.held + this.#handedBack.held,
      refused: Object.fromEntries(this.#adopted.refused),
      renewed: this.#renewed,
      recovered: this.#recovered,
      cancelled: this.#settled.cancelled + this.#ended.cancelled,
      sent: this.#ended.sent,
      sent_by: channelCounts(this.#sentBy),
      failed: this.#ended.failed,
      failed_by: channelCounts(this.#failedBy),
      lost_by: channelCounts(this.#lostBy),
      postponed: this.#ended.queued,
      unknown: this.#ended.unknown,
      taken_over: this.#takenOver,
      paused: this.#paused,
      unconfigured: channelCounts(this.#unconfigured),
      away: [...this.#away].map(([channel, { code, reason, next, since, pausedUntil }]) => ({
        ...{ channel, code, reason, next },
        since: since.toISOString(),
        paused_until: pausedUntil?.toISOString() ?? null,
      })),
      waiting_for_others: [...this.#taken],
      reasons: { ...this.#reasons },
    };
  }
}

function countOne(counts: Map<Channel, number>, channel: Channel): void {
  counts.set(channel, (counts.get(channel) ?? 0) + 1);
}
