import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, systemClock } from '../../src/time/clock.ts';

export interface Pace {
  /** The instant at which the fast clock was right; all processes of a test have the same. */
  readonly base: Date;
  /** Milliseconds of business time in one of the process. */
  readonly speed: number;
  /** This clock is ahead of the others by so much business time; negative: behind. */
  readonly aheadMs: number;
}

/** A business clock that runs faster than time, the same in every process of this machine. */
export function fastClock({ base, speed, aheadMs }: Pace): Clock & { setBack(milliseconds: number): void } {
  let ahead = aheadMs;
  return {
    now: () => new Date(base.getTime() + (systemClock.now().getTime() - base.getTime()) * speed + ahead),
    setBack: (milliseconds) => {
      ahead -= milliseconds;
    },
  };
}

/** Sleeps for business time. */
export function fastSleep(speed: number): (milliseconds: number, signal: AbortSignal) => Promise<void> {
  return (milliseconds, signal) => sleep(milliseconds / speed, undefined, { signal }).catch(() => undefined);
}
