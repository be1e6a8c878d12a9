import { isClockBehind } from '../schedule/decide-firing.ts';
import { isPaused } from '../schedule/paused.ts';
import { nextAfter } from '../schedule/schedule.ts';
import { wallClock } from '../time/human-time.ts';
import type { JobOverview } from './job-overview.ts';
import type { JobState, RunningRun } from './jobs-snapshot.ts';
import type { ResolvedJob } from './resolved-job.ts';

export type HealthState =
  | 'ok'
  | 'running'
  | 'failing'
  | 'paused'
  | 'disabled'
  | 'unavailable'
  | 'overdue'
  | 'clock_behind'
  | 'no_scheduler';

/** A job's state for `list`. */
export interface JobHealth {
  readonly state: HealthState;
  /** Something for an operator to act on: what `list --check` shows. A pause or a disabled job is a decision, not a problem. */
  readonly problem: boolean;
  /** For people: `failing ×3`, `OVERDUE since …`. */
  readonly words: string;
}

/** What health is judged by. */
export interface HealthFacts {
  readonly resolved: ResolvedJob;
  readonly state: JobState;
  readonly running: RunningRun | undefined;
  readonly overview: JobOverview;
  /** What the database lacks; null: nothing. */
  readonly missing: string | null;
  /** A daemon or a timer runs its schedule, or it is known that something else starts it. */
  readonly hasScheduler: boolean;
}

/** A firing that nobody has decided for so long means that nothing runs the schedules. */
const overdueAfterMs = 10 * 60_000;

/** The worst thing that is true of a job. Pure. */
export function judgeHealth(facts: HealthFacts, now: Date): JobHealth {
  const { state, running, overview, missing } = facts;
  const expected = state.enabled && !isPaused(pauseOf(state), now);
  if (missing !== null)
    return { state: 'unavailable', problem: state.enabled, words: `unavailable: ${missing}` };
  const failing = overview.failuresInARow > 0 && expected ? `failing ×${overview.failuresInARow}` : null;
  if (running !== undefined && !running.lapsed) {
    return failing === null
      ? { state: 'running', problem: false, words: 'running' }
      : { state: 'running', problem: true, words: `running, ${failing}` };
  }
  const behind = expected ? clockBehindUntil(state, now) : null;
  if (behind !== null) {
    return {
      state: 'clock_behind',
      problem: true,
      words: `nothing runs until ${wallClock(behind, facts.resolved.timezone)}: the clock was set back`,
    };
  }
  const overdue = expected ? overdueSince(facts, now) : null;
  if (overdue !== null) {
    return {
      state: 'overdue',
      problem: true,
      words: `OVERDUE since ${wallClock(overdue, facts.resolved.timezone)}`,
    };
  }
  if (failing !== null) return { state: 'failing', problem: true, words: failing };
  if (!state.enabled) return { state: 'disabled', problem: false, words: 'disabled' };
  if (!expected) return { state: 'paused', problem: false, words: pauseWords(facts) };
  if (!facts.hasScheduler) return { state: 'no_scheduler', problem: true, words: 'no scheduler' };
  return { state: 'ok', problem: false, words: 'ok' };
}

/** The next firings that will run; none while the job is disabled or paused without an end. */
export function nextFirings(
  { resolved, state }: Pick<HealthFacts, 'resolved' | 'state'>,
  now: Date,
  count: number,
): Date[] {
  if (!state.enabled) return [];
  let after = clockBehindUntil(state, now) ?? now;
  if (isPaused(pauseOf(state), now)) {
    if (state.paused_until === null) return [];
    // A firing at the very end of the pause runs.
    after = new Date(state.paused_until.getTime() - 1);
  }
  const firings: Date[] = [];
  while (firings.length < count) {
    const next = nextAfter(resolved.schedule, resolved.timezone, after);
    if (next === null) break;
    firings.push(next);
    after = next;
  }
  return firings;
}

/** The instant after which something is due again; null: the clock was not set back. */
function clockBehindUntil({ last_scheduled_for: last }: JobState, now: Date): Date | null {
  return last !== null && isClockBehind(last, now) ? last : null;
}

/** The firing that nobody has decided for too long; null: there is none. */
export function overdueSince(
  { resolved, state }: Pick<HealthFacts, 'resolved' | 'state'>,
  now: Date,
): Date | null {
  if (state.last_scheduled_for === null) return null;
  const due = nextAfter(resolved.schedule, resolved.timezone, state.last_scheduled_for);
  return due !== null && now.getTime() - due.getTime() > overdueAfterMs ? due : null;
}

function pauseOf(state: JobState): { readonly pausedAt: Date | null; readonly pausedUntil: Date | null } {
  return { pausedAt: state.paused_at, pausedUntil: state.paused_until };
}

function pauseWords({ state, resolved }: HealthFacts): string {
  const until =
    state.paused_until === null ? '' : ` until ${wallClock(state.paused_until, resolved.timezone)}`;
  return `paused${until}${state.pause_reason === null ? '' : ` (${state.pause_reason})`}`;
}
