import { mailConnections } from '../channels/email.ts';
import type { Channel } from '../notifier.ts';

/**
 * How many are on their way at once: of a channel, and of one place in it. More than there are connections, so that the next is there
 * when one is free, although it must be marked first. Who cannot tell repeats apart gets one at a time. `doubt`: those of a channel
 * that are on their way, or were sent and are not recorded; a kill, or a database that takes no outcome, leaves no more than these.
 */
const limits: Readonly<
  Record<Channel, { readonly all: number; readonly each: number; readonly doubt: number }>
> = {
  email: { all: 3 * mailConnections, each: 3 * mailConnections, doubt: 6 * mailConnections },
  slack: { all: 20, each: 1, doubt: 40 },
  webhook: { all: 192, each: 48, doubt: 192 },
  discord: { all: 20, each: 1, doubt: 40 },
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
  /** Of each channel: on their way, or sent and not recorded. */
  readonly #doubtful = new Map<Channel, number>();

  /** Resolves when there is room; the caller then has a place until `leave`, and is in doubt until `settle`. */
  enter(channel: Channel, place: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ channel, place, enter: resolve });
      this.#admit();
    });
  }

  leave(channel: Channel, place: string): void {
    count(this.#counts, channel, -1);
    count(this.#counts, place, -1);
    this.#admit();
  }

  /** What became of it is recorded, or it was not sent after all. */
  settle(channel: Channel): void {
    count(this.#doubtful, channel, -1);
    this.#admit();
  }

  #admit(): void {
    this.#waiting = this.#waiting.filter(({ channel, place, enter }) => {
      const { all, each, doubt } = limits[channel];
      const counts = this.#counts;
      if (of(counts, channel) >= all || of(counts, place) >= each || of(this.#doubtful, channel) >= doubt) {
        return true;
      }
      count(counts, channel, 1);
      count(counts, place, 1);
      count(this.#doubtful, channel, 1);
      enter();
      return false;
    });
  }
}

function of<T>(counts: ReadonlyMap<T, number>, name: T): number {
  return counts.get(name) ?? 0;
}

function count<T>(counts: Map<T, number>, name: T, change: number): void {
  const changed = of(counts, name) + change;
  if (changed === 0) counts.delete(name);
  else counts.set(name, changed);
}
