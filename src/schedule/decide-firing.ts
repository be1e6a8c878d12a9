import type { MisfirePolicy } from './misfire.ts';
import { isPaused, type Pause } from './paused.ts';
import { latestDue, type Schedule } from './schedule.ts';

/** Firings that a row stands for. */
export interface Firings {
  readonly from: Date;
  readonly to: Date;
  /** At most `countLimit` of schedule.ts. */
  readonly count: number;
}

/** What is to be done about a job's schedule now. */
export type FiringDecision =
  /** Nothing is due that has not been decided. */
  | { readonly kind: 'not_due' }
  /** The newest decided firing lies ahead: the clock was set back. Nothing fires twice; nothing fires until it is reached. */
  | { readonly kind: 'clock_behind'; readonly last: Date }
  /** Due, but held back; `firings` includes `due`. */
  | {
      readonly kind: 'skip';
      readonly due: Date;
      readonly reason: 'disabled' | 'paused';
      readonly firings: Firings;
    }
  /** Too late to be made up for; `firings` includes `due`. */
  | { readonly kind: 'miss'; readonly due: Date; readonly firings: Firings }
  /** Run for `due`; `missed` are the ones before it that nobody ran. */
  | {
      readonly kind: 'run';
      readonly due: Date;
      readonly missed: Firings | null;
      /** Misfire `latest`: the run makes up for them. */
      readonly standsForMissed: boolean;
    };

/** What of `job_state` the decision rests on. */
export interface ScheduleState extends Pause {
  readonly enabled: boolean;
  readonly lastScheduledFor: Date;
}

/** What the configuration says of firings that went by. */
export interface LatenessPolicy {
  readonly misfire: MisfirePolicy;
  /** A later firing is missed. undefined: no limit with `latest`; with `skip` the tolerance of a timer. */
  readonly maxLateMs: number | undefined;
  /** Starts are delayed by up to this much; such a delay is not lateness. */
  readonly jitterMs: number;
}

/** A timer's tolerance plus a container's start: a firing this late is still on time for `misfire: 'skip'`. */
const onTimeWithinMs = 5 * 60_000;

/** Hosts' clocks differ by moments; more than this is a clock that was set back. */
const clockToleranceMs = 60_000;

/** The clock was set back behind the newest decided firing: nothing fires until that instant has passed. */
export function isClockBehind(lastScheduledFor: Date, now: Date): boolean {
  return lastScheduledFor.getTime() > now.getTime() + clockToleranceMs;
}

/** Pure: the same state, schedule and instant always give the same decision, on every host. */
export function decideFiring(
  schedule: Schedule,
  zone: string,
  policy: LatenessPolicy,
  state: ScheduleState,
  now: Date,
): FiringDecision {
  const last = state.lastScheduledFor;
  if (isClockBehind(last, now)) return { kind: 'clock_behind', last };
  const found = latestDue(schedule, zone, last, now);
  if (found === null) return { kind: 'not_due' };
  const { due, earlier } = found;
  const firings: Firings = { from: earlier?.from ?? due, to: due, count: (earlier?.count ?? 0) + 1 };
  if (!state.enabled) return { kind: 'skip', due, reason: 'disabled', firings };
  // A firing within a pause stays skipped, also when it is noticed after the pause.
  const heldBack =
    isPaused(state, now) || (isPaused(state, due) && state.pausedAt !== null && due >= state.pausedAt);
  if (heldBack) return { kind: 'skip', due, reason: 'paused', firings };
  const limitMs = policy.maxLateMs ?? (policy.misfire === 'skip' ? onTimeWithinMs : Number.POSITIVE_INFINITY);
  if (now.getTime() - due.getTime() > limitMs + policy.jitterMs) return { kind: 'miss', due, firings };
  return { kind: 'run', due, missed: earlier, standsForMissed: policy.misfire === 'latest' };
}
