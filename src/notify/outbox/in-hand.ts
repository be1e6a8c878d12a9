import { definitionOf } from '../channels/lookup.ts';
import { destinationKey } from '../park.ts';
import type { PlannedMessage } from './claim-messages.ts';

/** Messages in hand at once: enough to keep every connection busy, few enough to send within their lease. */
export const inHandLimit = 800;
/** Claimed by one statement. */
export const claimLimit = 100;
/** Of one destination, until they are sent: a slow one must not take the place of the others. */
const perDestination = 200;
/** A destination gets its next when it has no more than this: some at once, because each claim costs statements. */
const fewLeft = perDestination / 2;

/** What goes to one server: more of it in hand would only take memory. */
function placeOf(message: PlannedMessage): string {
  return definitionOf(message.channel).oneServer ? message.channel : destinationKey(message);
}

/** What a sender has claimed and not settled yet, and which of the planned messages it may claim next. */
export class InHand {
  readonly #works = new Set<Promise<void>>();
  /** How many of each destination. */
  readonly #busy = new Map<string, number>();
  /** Called when there is room. */
  #room: () => void = () => undefined;

  get size(): number {
    return this.#works.size;
  }

  /** @param work must not reject; it calls `sent` when its destination has nothing more to do with it, or never. */
  add(message: PlannedMessage, work: (sent: () => void) => Promise<void>): void {
    const key = placeOf(message);
    this.#busy.set(key, this.#countOf(key) + 1);
    let isThere = true;
    const leave = () => {
      if (!isThere) return;
      isThere = false;
      const count = this.#countOf(key) - 1;
      if (count === 0) this.#busy.delete(key);
      else this.#busy.set(key, count);
    };
    const callIfRoom = () => {
      if (this.#countOf(key) <= fewLeft || this.size === 0) this.#room();
    };
    const done = work(() => {
      leave();
      callIfRoom();
    }).finally(() => {
      this.#works.delete(done);
      leave();
      callIfRoom();
    });
    this.#works.add(done);
  }

  #countOf(key: string): number {
    return this.#busy.get(key) ?? 0;
  }

  /** Resolves when a destination may get its next, or nothing is in hand any more; something must be. */
  room(): Promise<void> {
    return new Promise((resolve) => {
      this.#room = resolve;
    });
  }

  async settled(): Promise<void> {
    await Promise.all(this.#works);
  }

  /** The next that may begin, and what remains of the plan: of no destination too many at once. */
  choose(plan: readonly PlannedMessage[]): {
    readonly chosen: readonly PlannedMessage[];
    readonly left: readonly PlannedMessage[];
  } {
    const chosen: PlannedMessage[] = [];
    const left: PlannedMessage[] = [];
    const full = new Set([...this.#busy].filter(([, count]) => count > fewLeft).map(([key]) => key));
    const busy = new Map(this.#busy);
    for (const [at, planned] of plan.entries()) {
      if (chosen.length >= claimLimit) return { chosen, left: [...left, ...plan.slice(at)] };
      const key = placeOf(planned);
      const count = busy.get(key) ?? 0;
      if (count >= perDestination || full.has(key)) {
        left.push(planned);
        continue;
      }
      busy.set(key, count + 1);
      chosen.push(planned);
    }
    return { chosen, left };
  }
}
