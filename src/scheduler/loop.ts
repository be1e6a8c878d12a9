/*
 * The daemon's loop: what is due over all jobs, claim, run, sleep until the next.
 *
 * Model: any number of loops, timers and hosts share a database. Nobody leads. Each computes the same instants from
 * `job_state` and decides them by the same compare-and-set (claim-firing.ts); the database lets one through. What a loop
 * knows between two looks is only an optimisation: a claim that rests on something outdated changes nothing.
 * Clock: business time says what is due; it is put right by the database's clock at every look, so that neither a sleep of the
 * machine nor a change of its clock moves a firing. The database's `now()` says who is alive. Sleeping is the process's.
 *
 * | what happens                        | what follows                                                             |
 * | a firing is due, a slot is free     | claimed and run; with jitter a little later                              |
 * | no slot is free                     | it stays due until one is; any other daemon may take it                  |
 * | paused, disabled, enabled, changed  | seen at the next look (10 s), and by the claim itself at once            |
 * | the database is away                | runs go on or fail by themselves; the loop tries again, ever more slowly |
 * | the answer to a claim is lost       | if it was made, its run begins when the database is back                 |
 * | it is back                          | a look, and what was due is decided by each job's misfire policy         |
 * | a runner died                       | its runs are interrupted 60 s after their last heartbeat, by the next look |
 * | … and the job is repeatable         | the run begins again, or that of the next firing stands for it           |
 * | this process was cut off or asleep  | it judges nobody dead for a minute                                       |
 * | asked to stop                        | nothing more is claimed; runs end, or are interrupted after the grace    |
 *
 * Not promised: that a firing runs at its instant while nobody looks, or while all slots are taken.
 */
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as timeout } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { configHashes } from '../config/config-hashes.ts';
import { toOperatorError } from '../db/errors.ts';
import { claimRepeat } from '../job/claim.ts';
import type { JobDefinition } from '../job/define-job.ts';
import { readJobsSnapshot } from '../job/jobs-snapshot.ts';
import { reapLapsedRuns } from '../job/reap.ts';
import { addMissingJobs } from '../job/register-jobs.ts';
import type { RunEnvironment } from '../job/run-environment.ts';
import { sendsThrough } from '../notify/channels/sends-through.ts';
import type { StopSignal } from '../service/stop-signal.ts';
import type { Zones } from '../time/zones.ts';
import { Board } from './board.ts';
import { claimFirings } from './claim-firing.ts';
import { newRecord } from './firing.ts';
import { claimOf } from './firing-claim.ts';
import { Housekeeping } from './housekeeping.ts';
import { logDecision } from './log-decision.ts';
import { logNotice } from './log-notice.ts';
import type { LoopStatus } from './loop-status.ts';
import { Outage } from './outage.ts';
import { ReaperTrust } from './reaper-trust.ts';
import { removeRunner, reportRunner } from './runners.ts';
import { sleepUntil } from './sleep-until.ts';
import { type FiringWork, type RepeatWork, Slots } from './slots.ts';
import { UnansweredClaims } from './unanswered-claims.ts';
import { watchDelay } from './watch-delay.ts';

export interface LoopOptions {
  readonly definitions: readonly JobDefinition[];
  /** Not all jobs that there are: for those who ask who runs what. */
  readonly partial: boolean;
  /** How many jobs run at once. */
  readonly concurrency: number;
  /** In [0, 1): jitter, and pauses that must not be the same everywhere. */
  readonly random?: () => number;
  /** Sleeps for so many milliseconds of business time, or until the signal; the bench's clock is a fast one. */
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** How often the database is asked how things are, and informed that this daemon lives: at least every 15 s, so that a lapsed run is marked within 75 s. */
const lookEveryMs = 10_000;
/** A job that another one is just deciding is looked at again after about so long … */
const holdBackMs = 150;
/** … and one whose lapsed run nobody could mark yet after this: its runner may stand still in the middle of its commit. */
const lapsedHoldBackMs = 1000;

/** The loop. It runs from {@link start} until {@link stop}. */
export class Loop implements LoopStatus {
  readonly startedAt: Date;
  #environment: RunEnvironment;
  readonly #options: LoopOptions;
  readonly #id = `daemon:${randomUUID()}`;
  #board: Board;
  readonly #housekeeping: Housekeeping;
  readonly #outage: Outage;
  readonly #trust = new ReaperTrust();
  readonly #random: () => number;
  readonly #slots: Slots;
  /** Aborted: the runs are to end now. */
  readonly #runs = new AbortController();
  /** Ends the sleep. */
  #wakened = new AbortController();
  readonly #unanswered = new UnansweredClaims();
  #delay: ReturnType<typeof watchDelay> | undefined;
  #stopping = false;
  #lookAt = Number.NEGATIVE_INFINITY;
  #tickedAt: number | undefined;
  #finished: Promise<void> = Promise.resolve();

  constructor(environment: RunEnvironment, options: LoopOptions) {
    const { config, zones, logger, database } = environment;
    // Every run listens to it, and there may be many.
    setMaxListeners(0, this.#runs.signal);
    this.#environment = { ...environment, stop: this.#runs.signal, definitions: options.definitions };
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#board = new Board(options.definitions, config, zones.business, this.#random);
    this.#housekeeping = new Housekeeping(this.#environment, options.definitions);
    this.#outage = new Outage(logger, database.label);
    this.#slots = new Slots(this.#environment, {
      count: options.concurrency,
      clean: (error) => this.#clean(error),
      onFree: () => this.#wakened.abort(),
    });
    this.startedAt = database.clock.now();
  }

  start(): void {
    this.#delay = watchDelay(this.#environment.logger, () => this.#slots.busy());
    this.#finished = this.#goRound();
  }

  /** Works with another configuration, from the next look on, which is now; what runs goes on with the one it began with. */
  reconfigure(config: Config, zones: Zones): void {
    this.#environment = { ...this.#environment, config, zones };
    this.#board = new Board(this.#options.definitions, config, zones.business, this.#random);
    this.#housekeeping.reconfigure(this.#environment);
    this.#slots.reconfigure(this.#environment, config.concurrency);
    this.wake();
  }

  /** Looks at the database now. */
  wake(): void {
    this.#lookAt = Number.NEGATIVE_INFINITY;
    this.#wakened.abort();
  }

  /**
   * Claims nothing more, waits for the runs for at most `graceMs`, then interrupts them. Resolves when all of them are
   * recorded, or cannot be.
   */
  async stop(graceMs: number, signal: StopSignal = 'SIGTERM'): Promise<void> {
    this.#stopping = true;
    this.#wakened.abort();
    await this.#finished;
    // It still goes round, as far as there is anything to go round for.
    const ticks = setInterval(() => {
      this.#tickedAt = performance.now();
    }, 1000);
    const waited = new AbortController();
    await Promise.race([
      Promise.all([this.#slots.settled(), this.#housekeeping.settled()]).then(() => waited.abort()),
      timeout(graceMs, undefined, { signal: waited.signal }).catch(() => undefined),
    ]);
    this.#runs.abort(signal);
    await this.#slots.settled();
    clearInterval(ticks);
    this.#delay?.stop();
    try {
      await removeRunner(this.#environment.database, this.#id);
    } catch (error) {
      // It is forgotten after some days; and the database being away must not keep a process from stopping.
      this.#environment.logger.warn(
        { 'event.action': 'daemon.stopping', 'event.outcome': 'failure', err: this.#clean(error) },
        'the end of this daemon could not be recorded in the database',
      );
    }
  }

  lastTickAgeMs(): number | null {
    return this.#tickedAt === undefined ? null : Math.round(performance.now() - this.#tickedAt);
  }

  database(): { readonly reachable: boolean; readonly since: Date; readonly error: string | null } {
    const { error, since } = this.#outage;
    return { reachable: error === null, since, error };
  }

  running(): number {
    return this.#slots.taken;
  }

  stopping(): boolean {
    return this.#stopping;
  }

  async #goRound(): Promise<void> {
    while (!this.#stopping) {
      const pause = await this.#round();
      this.#tickedAt = performance.now();
      await this.#sleep(pause);
    }
  }

  /** One round; answers how long to sleep. Whatever goes wrong in it is the outage's; the loop goes on. */
  async #round(): Promise<number> {
    try {
      if (performance.now() >= this.#lookAt) await this.#look();
      await this.#decide();
      this.#outage.over();
      this.#housekeeping.begin();
    } catch (error) {
      this.#lookAt = Number.NEGATIVE_INFINITY;
      return this.#outage.failed(this.#clean(error), this.#random);
    }
    const now = this.#environment.database.clock.now();
    const next = this.#board.nextWake(now);
    const untilLook = Math.max(0, this.#lookAt - performance.now());
    return next === null ? untilLook : Math.min(untilLook, next.getTime() - now.getTime());
  }

  async #look(): Promise<void> {
    const { database, logger, config } = this.#environment;
    const { definitions, partial } = this.#options;
    const names = definitions.map(({ name }) => name);
    const hashes = configHashes(config, definitions);
    const databaseNow = await reportRunner(
      database,
      this.#id,
      'daemon',
      partial ? names : null,
      hashes,
      sendsThrough(config),
    );
    database.syncClock(databaseNow);
    const processNow = performance.now();
    this.#trust.observe(databaseNow, processNow);
    for (const { record, resolved, params } of await this.#unanswered.found(database)) {
      this.#slots.run(record, resolved, params);
    }
    if (this.#trust.mayReap(processNow)) await reapLapsedRuns(this.#environment, null);
    let snapshot = await readJobsSnapshot(database.control, definitions);
    if (names.some((name) => !snapshot.states.has(name))) {
      await addMissingJobs(database, config, definitions);
      snapshot = await readJobsSnapshot(database.control, definitions);
    }
    for (const notice of this.#board.update(snapshot)) logNotice(logger, notice);
    this.#lookAt = processNow + lookEveryMs;
  }

  /** Decides all that is due, as far as there are free slots for what is to run. */
  async #decide(): Promise<void> {
    while (!this.#stopping) {
      const { database, logger } = this.#environment;
      const now = database.clock.now();
      const busy = this.#slots.busy();
      const { work, notices } = this.#board.due(now, busy);
      for (const notice of notices) logNotice(logger, notice);
      const { firings, repeats } = this.#slots.fitting(work, busy);
      if (firings.length === 0 && repeats.length === 0) return;
      await this.#claim(firings, now);
      for (const one of repeats) await this.#repeat(one, now);
    }
  }

  async #claim(firings: readonly FiringWork[], now: Date): Promise<void> {
    const { database, config, logger } = this.#environment;
    const claims = firings.map((firing) => claimOf(firing, config, now));
    const runs = claims
      .filter(({ decision }) => decision.kind === 'run')
      .map(({ record, resolved }) => ({ record, resolved, params: config.jobs[record.job]?.params ?? {} }));
    const results = await this.#unanswered.answerOf(runs, () => claimFirings(database, claims));
    claims.forEach(({ record, decision, resolved }, index) => {
      const result = results[index];
      if (result === undefined) throw new Error('a claim has no result');
      logDecision(logger, record.job, decision, result);
      if (result === 'outdated' || result === 'lapsed') {
        const pauseMs = result === 'lapsed' ? lapsedHoldBackMs : holdBackMs;
        this.#board.holdBack(record.job, new Date(now.getTime() + pauseMs * (0.5 + this.#random())));
        this.#lookAt = Number.NEGATIVE_INFINITY;
        return;
      }
      this.#board.decided(record.job, decision.due);
      if (result === 'claimed') this.#slots.run(record, resolved, config.jobs[record.job]?.params ?? {});
    });
  }

  async #repeat({ resolved, interrupted }: RepeatWork, now: Date): Promise<void> {
    const { database, config } = this.#environment;
    const record = {
      ...newRecord(interrupted.job, config, 'schedule', now),
      attempt: interrupted.attempt + 1,
    };
    const { params } = interrupted;
    const ours = await this.#unanswered.answerOf([{ record, resolved, params }], () =>
      claimRepeat(database, record, interrupted),
    );
    this.#board.repeated(interrupted.job);
    if (ours) this.#slots.run(record, resolved, params);
  }

  async #sleep(milliseconds: number): Promise<void> {
    const sleep = this.#options.sleep ?? sleepUntil;
    if (this.#wakened.signal.aborted) this.#wakened = new AbortController();
    else await sleep(milliseconds, this.#wakened.signal);
  }

  #clean(error: unknown): Error {
    const { database, secrets } = this.#environment;
    return secrets.scrubError(toOperatorError(error, database.label));
  }
}
