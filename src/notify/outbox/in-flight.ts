import type { AtOnce } from '../channels/definition.ts';
import type { Channel } from '../channels/names.ts';

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
  readonly #limitsOf: (channel: Channel) => AtOnce;
  #waiting: Waiting[] = [];
  readonly #counts = new Map<string, number>();
  /** Of each channel: on their way, or sent and not recorded. */
  readonly #doubtful = new Map<Channel, number>();

  /** @param limitsOf may change with what is learned. */
  constructor(limitsOf: (channel: Channel) => AtOnce) {
    this.#limitsOf = limitsOf;
  }

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
      const { all, each, doubt } = this.#limitsOf(channel);
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
