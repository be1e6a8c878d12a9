import type { RunRecord } from '../job/claim.ts';
import { checkFailures } from '../job/failure-alerts.ts';
import { perform } from '../job/perform.ts';
import type { ResolvedJob } from '../job/resolved-job.ts';
import type { RunEnvironment } from '../job/run-environment.ts';
import type { DueWork } from './board.ts';
import { startedRun } from './firing.ts';

export type FiringWork = Extract<DueWork, { kind: 'firing' }>;
export type RepeatWork = Extract<DueWork, { kind: 'repeat' }>;

/** A run of this process. It takes a slot as long as it is there. */
interface Going {
  readonly job: string;
  /** Resolves, and never rejects, when nothing more is to be done about it. */
  readonly settled: Promise<void>;
}

export interface SlotsOptions {
  /** How many jobs run at once. */
  readonly count: number;
  /** Of an error, for the log. */
  readonly clean: (error: unknown) => Error;
  /** A slot is free again. */
  readonly onFree: () => void;
}

/** The runs of this process, from their claim until they have been seen through, and the room that is left for others. */
export class Slots {
  #environment: RunEnvironment;
  #count: number;
  readonly #options: SlotsOptions;
  /**
   * By run. Not by job: once the end of a run is recorded the job's next one may begin, here as well, before the first has been
   * tidied away.
   */
  readonly #going = new Map<string, Going>();

  constructor(environment: RunEnvironment, options: SlotsOptions) {
    this.#environment = environment;
    this.#options = options;
    this.#count = options.count;
  }

  /** For the runs that begin from now on. */
  reconfigure(environment: RunEnvironment, count: number): void {
    this.#environment = environment;
    this.#count = count;
  }

  get taken(): number {
    return this.#going.size;
  }

  /** The jobs that run here. */
  busy(): ReadonlySet<string> {
    return new Set([...this.#going.values()].map(({ job }) => job));
  }

  /** What can be decided now: all that does not run, and of the rest the longest due while slots are free. */
  fitting(
    work: readonly DueWork[],
    busy: ReadonlySet<string>,
  ): { readonly firings: readonly FiringWork[]; readonly repeats: readonly RepeatWork[] } {
    let free = this.#count - this.#going.size;
    const firings: FiringWork[] = [];
    const repeats: RepeatWork[] = [];
    for (const one of work) {
      // A job that this process is running will not run again now: its claim records the overlap.
      const takesSlot =
        one.kind === 'repeat' || (one.decision.kind === 'run' && !busy.has(one.resolved.definition.name));
      if (takesSlot && free <= 0) continue;
      if (takesSlot) free -= 1;
      if (one.kind === 'firing') firings.push(one);
      else repeats.push(one);
    }
    return { firings, repeats };
  }

  /** Runs what was claimed; a slot is taken until its end is recorded. */
  run(record: RunRecord, resolved: ResolvedJob, params: Record<string, unknown>): void {
    const { job, runId } = record;
    const { clean, onFree } = this.#options;
    const life = async () => {
      const outcome = await perform(this.#environment, startedRun(record, resolved, params, false));
      if (outcome.status !== 'succeeded') await checkFailures(this.#environment, [resolved.definition]);
    };
    const settled = life()
      .catch((error: unknown) => {
        this.#environment.logger.error(
          {
            'event.action': 'job.finished',
            'event.outcome': 'failure',
            'labels.job': job,
            err: clean(error),
          },
          `the end of ${job} went wrong`,
        );
      })
      .finally(() => {
        this.#going.delete(runId);
        onFree();
      });
    this.#going.set(runId, { job, settled });
  }

  /** Resolves when all runs that are going now have been seen through. */
  async settled(): Promise<void> {
    await Promise.all([...this.#going.values()].map(({ settled }) => settled));
  }
}
