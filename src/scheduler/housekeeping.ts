import type { JobDefinition } from '../job/define-job.ts';
import { checkFailures } from '../job/failure-alerts.ts';
import { pruneHistory } from '../job/prune-history.ts';
import type { RunEnvironment } from '../job/run-environment.ts';
import { count } from '../text/count.ts';
import { forgetRunners } from './runners.ts';

const failuresEveryMs = 60_000;
const pruneEveryMs = 3_600_000;
const pruneBatch = 5000;
const timerBatch = 1000;

/** What a daemon does beside the jobs, a little at a time: tells of failures, prunes the history, forgets dead runners. */
export class Housekeeping {
  #environment: RunEnvironment;
  readonly #definitions: readonly JobDefinition[];
  #failuresAt = 0;
  #pruneAt = 0;
  #going: Promise<void> | undefined;

  constructor(environment: RunEnvironment, definitions: readonly JobDefinition[]) {
    this.#environment = environment;
    this.#definitions = definitions;
  }

  reconfigure(environment: RunEnvironment): void {
    this.#environment = environment;
  }

  /** Begins what is due, unless it is going; the loop does not wait for it. */
  begin(): void {
    if (this.#going !== undefined) return;
    const now = performance.now();
    const failures = now >= this.#failuresAt;
    const old = now >= this.#pruneAt;
    if (!failures && !old) return;
    if (failures) this.#failuresAt = now + failuresEveryMs;
    if (old) this.#pruneAt = now + pruneEveryMs;
    this.#going = this.#work(failures, old).finally(() => {
      this.#going = undefined;
    });
  }

  /** Resolves when nothing is going. */
  async settled(): Promise<void> {
    await this.#going;
  }

  async #work(failures: boolean, old: boolean): Promise<void> {
    if (failures) await checkFailures(this.#environment, this.#definitions);
    if (old) await prune(this.#environment, { once: false });
  }
}

/**
 * Removes or shortens runs that are older than `keep_history`, and removes runners that nobody has seen for long. Never throws: the jobs are more important.
 *
 * @param once one bounded batch, for `run-job --scheduled`, which is called again soon.
 */
export async function prune(
  { database, config, zones, logger, secrets, jobs }: RunEnvironment,
  { once }: { readonly once: boolean },
): Promise<void> {
  try {
    const { removed, shortened } = await pruneHistory(database.control, {
      jobs,
      keepMs: config.keepHistoryMs,
      now: database.clock.now(),
      zone: zones.business,
      batch: once ? timerBatch : pruneBatch,
      once,
    });
    await forgetRunners(database);
    if (removed + shortened > 0) {
      logger.info(
        { 'event.action': 'history.pruned', 'labels.count': removed, 'labels.shortened': shortened },
        `${count(removed, 'old run')} removed; ${shortened} kept without ${shortened === 1 ? 'its result' : 'their results'}`,
      );
    }
  } catch (error) {
    const clean = secrets.scrubError(error);
    logger.warn(
      { 'event.action': 'history.pruned', 'event.outcome': 'failure', err: clean },
      `old runs could not be removed: ${clean.message}`,
    );
  }
}
