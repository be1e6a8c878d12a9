import type { JobDefinition } from '../job/define-job.ts';
import { checkFailures } from '../job/failure-alerts.ts';
import { pruneHistory } from '../job/prune-history.ts';
import type { RunEnvironment } from '../job/run-environment.ts';
import { forgetRunners } from './runners.ts';

const failuresEveryMs = 60_000;
const pruneEveryMs = 3_600_000;
const pruneBatch = 5000;

/** What a daemon does beside the jobs, a little at a time: tells of failures, prunes the history, forgets dead runners. */
export class Housekeeping {
  readonly #environment: RunEnvironment;
  readonly #definitions: readonly JobDefinition[];
  #failuresAt = 0;
  #pruneAt = 0;
  #going: Promise<void> | undefined;

  constructor(environment: RunEnvironment, definitions: readonly JobDefinition[]) {
    this.#environment = environment;
    this.#definitions = definitions;
  }

  /** Begins what is due, unless it is going; the loop does not wait for it. */
  begin(): void {
    if (this.#going !== undefined) return;
    const now = performance.now();
    const failures = now >= this.#failuresAt;
    const prune = now >= this.#pruneAt;
    if (!failures && !prune) return;
    if (failures) this.#failuresAt = now + failuresEveryMs;
    if (prune) this.#pruneAt = now + pruneEveryMs;
    this.#going = this.#work(failures, prune).finally(() => {
      this.#going = undefined;
    });
  }

  /** Resolves when nothing is going. */
  async settled(): Promise<void> {
    await this.#going;
  }

  async #work(failures: boolean, prune: boolean): Promise<void> {
    if (failures) await checkFailures(this.#environment, this.#definitions);
    if (prune) await this.#prune();
  }

  async #prune(): Promise<void> {
    const { database, config, logger, secrets } = this.#environment;
    try {
      const now = database.clock.now();
      const removed = await pruneHistory(database.control, {
        keepMs: config.keepHistoryMs,
        now,
        batch: pruneBatch,
      });
      await forgetRunners(database);
      if (removed > 0) {
        logger.info(
          { 'event.action': 'history.pruned', 'labels.count': removed },
          `${removed} old run(s) removed`,
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
}
