import { mailConnections } from '../channels/email.ts';
import type { Channel } from '../notifier.ts';

/**
 * How many are begun at once: of a channel, and of one place in it. More than there are connections, so that the next is there when
 * one is free, although it must be marked first. Who cannot tell repeats apart gets one at a time.
 */
const limits: Readonly<Record<Channel, { readonly all: number; readonly each: number }>> = {
  email: { all: 3 * mailConnections, each: 3 * mailConnections },
  slack: { all: 20, each: 1 },
  webhook: { all: 192, each: 48 },
  discord: { all: 20, each: 1 },
};

interface Waiting {
  readonly channel: Channel;
  readonly place: string;
  readonly enter: () => void;
}

/**
 * Holds messages until there is room for them, so that what is marked as begun is what is really on its way. First come, first
 * served, except that nobody waits for somebody else's place.
 */
export class InFlight {
  #waiting: Waiting[] = [];
  readonly #counts = new Map<string, number>();

  /** Resolves when there is room; the caller then has a place until `leave`. */
  enter(channel: Channel, place: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ channel, place, enter: resolve });
      this.#admit();
    });
  }

  leave(channel: Channel, place: string): void {
    this.#count(channel, -1);
    this.#count(place, -1);
    this.#admit();
  }

  #admit(): void {
    this.#waiting = this.#waiting.filter(({ channel, place, enter }) => {
      const { all, each } = limits[channel];
      if (this.#of(channel) >= all || this.#of(place) >= each) return true;
      this.#count(channel, 1);
      this.#count(place, 1);
      enter();
      return false;
    });
  }

  #of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  #count(name: string, change: number): void {
    const count = this.#of(name) + change;
    if (count === 0) this.#counts.delete(name);
    else this.#counts.set(name, count);
  }
}
