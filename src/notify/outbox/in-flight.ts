import type { AtOnce } from '../channels/definition.ts';
import type { Channel } from '../channels/names.ts';

interface Waiting {
  readonly channel: Channel;
  readonly place: string;
  readonly enter: () => void;
}

/**
 * Holds messages until there is room for them, so that what is marked as begun is what is on its way or next in line. First come,
 * first served, except that nobody waits for somebody else's place.
 */
export class InFlight {
  readonly #limitsOf: (channel: Channel) => AtOnce;
  #toMark: Waiting[] = [];
  #toSend: Waiting[] = [];
  /** By channel and by place: on their way, or marked and next in line. */
  readonly #begun = new Map<string, number>();
  /** By channel and by place: on their way. */
  readonly #sending = new Map<string, number>();
  /** Of each channel: begun, or sent and not recorded. */
  readonly #doubtful = new Map<Channel, number>();

  /** @param limitsOf may change with what is learned. */
  constructor(limitsOf: (channel: Channel) => AtOnce) {
    this.#limitsOf = limitsOf;
  }

  /** Resolves when it may be marked; it is then begun until `leave`, and in doubt until `settle`. */
  enter(channel: Channel, place: string): Promise<void> {
    return new Promise((resolve) => {
      const waiting = { channel, place, enter: resolve };
      if (!this.#mayMark(waiting)) this.#toMark.push(waiting);
    });
  }

  /** Of one that has entered and is marked: resolves when it may be sent; it is then on its way until `arrive`. */
  depart(channel: Channel, place: string): Promise<void> {
    return new Promise((resolve) => {
      const waiting = { channel, place, enter: resolve };
      if (!this.#maySend(waiting)) this.#toSend.push(waiting);
    });
  }

  arrive(channel: Channel, place: string): void {
    count(this.#sending, channel, -1);
    count(this.#sending, place, -1);
    this.#toSend = this.#toSend.filter((waiting) => !this.#maySend(waiting));
  }

  leave(channel: Channel, place: string): void {
    count(this.#begun, channel, -1);
    count(this.#begun, place, -1);
    this.#toMark = this.#toMark.filter((waiting) => !this.#mayMark(waiting));
  }

  /** What became of it is recorded, or it was not sent after all. */
  settle(channel: Channel): void {
    count(this.#doubtful, channel, -1);
    this.#toMark = this.#toMark.filter((waiting) => !this.#mayMark(waiting));
  }

  #mayMark({ channel, place, enter }: Waiting): boolean {
    const { all, each, doubt, ahead = 0 } = this.#limitsOf(channel);
    const begun = this.#begun;
    if (of(this.#doubtful, channel) >= doubt) return false;
    if (of(begun, channel) >= all + ahead || of(begun, place) >= each + ahead) return false;
    count(begun, channel, 1);
    count(begun, place, 1);
    count(this.#doubtful, channel, 1);
    enter();
    return true;
  }

  #maySend({ channel, place, enter }: Waiting): boolean {
    const { all, each } = this.#limitsOf(channel);
    if (of(this.#sending, channel) >= all || of(this.#sending, place) >= each) return false;
    count(this.#sending, channel, 1);
    count(this.#sending, place, 1);
    enter();
    return true;
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
