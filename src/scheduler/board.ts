import type { Config } from '../config/config.ts';
import type { JobDefinition } from '../job/define-job.ts';
import type { InterruptedRun, JobState, JobsSnapshot, PendingRetry } from '../job/jobs-snapshot.ts';
import { missingFor } from '../job/look.ts';
import { onStoredSchedule, type ResolvedJob, resolveJob } from '../job/resolved-job.ts';
import { decideFiring, type FiringDecision } from '../schedule/decide-firing.ts';
import { isPaused } from '../schedule/paused.ts';
import { nextAfter } from '../schedule/schedule.ts';
import type { ActingDecision } from './claim-firing.ts';
import { scheduleState } from './firing.ts';
import { clockBehindWords } from './log-decision.ts';

/** A job as the daemon knows it: what the database said at the last look, and what this process has decided since. */
interface Planned {
  /** With the schedule and the zone that the database has: the same for every daemon. */
  readonly resolved: ResolvedJob;
  state: JobState;
  /** The first instant after the last decided one; null: none ever comes. */
  next: Date | null;
  /** What the database lacks; null: nothing. */
  missing: string | null;
  interrupted: InterruptedRun | undefined;
  retry: PendingRetry | undefined;
  /** Not before this: jitter, or somebody else is just deciding. */
  notBefore: number;
  /** The instant that {@link notBefore} was drawn for, so that it is drawn once. */
  delayedFor: number | undefined;
}

/** Something to be done about a job now. */
export type DueWork =
  | {
      readonly kind: 'firing';
      readonly resolved: ResolvedJob;
      readonly state: JobState;
      readonly decision: ActingDecision;
      readonly interrupted: InterruptedRun | undefined;
    }
  | { readonly kind: 'repeat'; readonly resolved: ResolvedJob; readonly interrupted: InterruptedRun };

/** What changed in the eyes of this daemon, for the log. */
export interface BoardNotice {
  readonly action: 'job.unavailable' | 'job.available' | 'job.schedule_changed' | 'job.clock_behind';
  readonly job: string;
  readonly message: string;
}

/**
 * What is due when, over all jobs; no I/O. Time is business time. A job whose last decided instant lies ahead of the clock waits
 * for it (the clock was set back), and that is said once.
 */
export class Board {
  readonly #definitions: readonly JobDefinition[];
  readonly #config: Pick<Config, 'jobs'>;
  readonly #zone: string;
  readonly #random: () => number;
  readonly #jobs = new Map<string, Planned>();
  readonly #behind = new Set<string>();

  constructor(
    definitions: readonly JobDefinition[],
    config: Pick<Config, 'jobs'>,
    zone: string,
    random: () => number,
  ) {
    this.#definitions = definitions;
    this.#config = config;
    this.#zone = zone;
    this.#random = random;
  }

  /** Takes in what the database says. */
  update(snapshot: JobsSnapshot): readonly BoardNotice[] {
    const notices: BoardNotice[] = [];
    for (const definition of this.#definitions) {
      const { name } = definition;
      const state = snapshot.states.get(name);
      if (state === undefined) {
        this.#jobs.delete(name);
        continue;
      }
      const before = this.#jobs.get(name);
      const missing = missingFor(definition, snapshot);
      const planned = this.#plan(definition, state, before);
      if (before !== undefined && planned.resolved !== before.resolved) {
        notices.push({
          action: 'job.schedule_changed',
          job: name,
          message: `the schedule of ${name} is now '${state.schedule}' in ${state.timezone}`,
        });
      }
      if (missing !== (before?.missing ?? null)) {
        notices.push(
          missing === null
            ? { action: 'job.available', job: name, message: `${name} can run again` }
            : { action: 'job.unavailable', job: name, message: `${name} cannot run: ${missing}` },
        );
      }
      this.#jobs.set(name, {
        ...planned,
        missing,
        interrupted: snapshot.interrupted.get(name),
        retry: snapshot.retries.get(name),
      });
    }
    return notices;
  }

  /**
   * What is to be done at the instant, the longest due first; `busy`: jobs that this process is running. What is due since the
   * same instant comes in a random order: many daemons then begin with different jobs, not all with the first.
   */
  due(
    now: Date,
    busy: ReadonlySet<string>,
  ): { readonly work: readonly DueWork[]; readonly notices: readonly BoardNotice[] } {
    const work: (DueWork & { readonly since: number; readonly draw: number })[] = [];
    const notices: BoardNotice[] = [];
    for (const planned of this.#jobs.values()) {
      if (planned.missing !== null || planned.notBefore > now.getTime()) continue;
      const { resolved, state, interrupted } = planned;
      const { name } = resolved.definition;
      const decision = this.#decide(planned, now);
      // The run of a firing that is due stands for the interrupted one, too.
      const repeats = decision.kind !== 'run' && !busy.has(name) && mayRun(state, now);
      const again = interrupted ?? dueRetry(planned.retry, now);
      if (again !== undefined && repeats) {
        const since = again.scheduled_for.getTime();
        work.push({ kind: 'repeat', resolved, interrupted: again, since, draw: this.#random() });
      }
      if (decision.kind === 'not_due') this.#behind.delete(name);
      else if (decision.kind === 'clock_behind')
        notices.push(...this.#noticeBehind(name, decision.last, now));
      else if (decision.kind !== 'run' || this.#startsNow(planned, decision.due, now)) {
        const since = decision.due.getTime();
        work.push({ kind: 'firing', resolved, state, decision, interrupted, since, draw: this.#random() });
      }
    }
    return { work: work.toSorted((a, b) => a.since - b.since || a.draw - b.draw), notices };
  }

  /** The earliest instant after `now` at which something may be due; null: nothing ever is. */
  nextWake(now: Date): Date | null {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { next, retry, notBefore } of this.#jobs.values()) {
      for (const instant of [next, retry?.retry_at]) {
        const at = Math.max(instant?.getTime() ?? Number.POSITIVE_INFINITY, notBefore);
        if (at > now.getTime() && at < earliest) earliest = at;
      }
    }
    return Number.isFinite(earliest) ? new Date(earliest) : null;
  }

  /** The firing is decided, by this process or by another one. */
  decided(job: string, due: Date): void {
    const planned = this.#jobs.get(job);
    if (planned === undefined) return;
    planned.state = { ...planned.state, last_scheduled_for: due };
    planned.next = nextAfter(planned.resolved.schedule, planned.resolved.timezone, due);
    planned.interrupted = undefined;
    planned.retry = undefined;
  }

  /** The interrupted or failed run was taken up again, here or elsewhere. */
  repeated(job: string): void {
    const planned = this.#jobs.get(job);
    if (planned === undefined) return;
    planned.interrupted = undefined;
    planned.retry = undefined;
  }

  /** Somebody else is deciding: not again before the instant, and after another look. */
  holdBack(job: string, until: Date): void {
    const planned = this.#jobs.get(job);
    if (planned !== undefined) planned.notBefore = until.getTime();
  }

  #plan(definition: JobDefinition, state: JobState, before: Planned | undefined): Planned {
    const same = before?.state.schedule === state.schedule && before.state.timezone === state.timezone;
    const resolved =
      same && before !== undefined
        ? before.resolved
        : onStoredSchedule(resolveJob(definition, this.#config, this.#zone), state);
    const unmoved =
      same && before?.state.last_scheduled_for?.getTime() === state.last_scheduled_for?.getTime();
    return {
      resolved,
      state,
      next:
        unmoved && before !== undefined
          ? before.next
          : state.last_scheduled_for === null
            ? null
            : nextAfter(resolved.schedule, resolved.timezone, state.last_scheduled_for),
      missing: before?.missing ?? null,
      interrupted: undefined,
      retry: undefined,
      notBefore: before?.notBefore ?? 0,
      delayedFor: before?.delayedFor,
    };
  }

  /** Most looks are at jobs that are not due, and cost a comparison. */
  #decide({ resolved, state, next }: Planned, now: Date): FiringDecision {
    const last = state.last_scheduled_for;
    if (last !== null && last <= now && (next === null || next > now)) return { kind: 'not_due' };
    return decideFiring(resolved.schedule, resolved.timezone, resolved, scheduleState(state, now), now);
  }

  #startsNow(planned: Planned, due: Date, now: Date): boolean {
    const { jitterMs } = planned.resolved;
    if (jitterMs === 0 || planned.delayedFor === due.getTime()) return true;
    const left = jitterMs - (now.getTime() - due.getTime());
    planned.delayedFor = due.getTime();
    if (left <= 0) return true;
    planned.notBefore = now.getTime() + this.#random() * left;
    return planned.notBefore <= now.getTime();
  }

  #noticeBehind(job: string, last: Date, now: Date): readonly BoardNotice[] {
    if (this.#behind.has(job)) return [];
    this.#behind.add(job);
    return [{ action: 'job.clock_behind', job, message: clockBehindWords(job, last, now) }];
  }
}

function dueRetry(retry: PendingRetry | undefined, now: Date): PendingRetry | undefined {
  return retry !== undefined && retry.retry_at <= now ? retry : undefined;
}

function mayRun(state: JobState, now: Date): boolean {
  return state.enabled && !isPaused({ pausedAt: state.paused_at, pausedUntil: state.paused_until }, now);
}
