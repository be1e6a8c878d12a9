import type { Logger } from 'pino';
import type { DatabaseOfRun } from '../db/database.ts';
import type { Patience } from '../db/driver/patiently.ts';
import { limitOfRun } from '../db/statement-limits.ts';
import { mailLacks } from '../notify/channels/email/mail-sender.ts';
import { createNotifier } from '../notify/create-notifier.ts';
import type { QueuedMessage } from '../notify/notifier.ts';
import type { Status } from '../status/status.ts';
import type { JsonObject } from '../text/json.ts';
import { checkParams } from './check-params.ts';
import type { Outbox } from './context.ts';
import { type FencedRun, fencedTransaction } from './fenced-transaction.ts';
import { openOwnDatabase } from './own-database.ts';
import { readOnlyDb } from './read-only-db.ts';
import { type RunEnvironment, runnerName } from './run-environment.ts';
import type { StartedRun } from './started-run.ts';
import { offlineWeb, webOf } from './web.ts';

/** Where the work of a run is done, and with whose connections. */
export interface Workplace {
  /** To end what the run does there. */
  readonly scope: Pick<DatabaseOfRun, 'cancelStatements' | 'abandon'>;
  work(limits: Pick<FencedRun, 'signal' | 'abandoned'>): Promise<JsonObject>;
  /** What was queued for people so far. */
  queued(): readonly QueuedMessage[];
  close(): Promise<void>;
}

/** The thread of the runner, with the connections of everybody or of the job's own role. */
export async function workHere(
  environment: RunEnvironment,
  run: StartedRun,
  logger: Logger,
): Promise<Workplace> {
  const { database, config, zones } = environment;
  const { definition, runId, dryRun } = run;
  const jobName = definition.name;
  const notifier = createNotifier({
    jobName,
    runId,
    clock: database.clock,
    zones,
    dryRun,
    routings: config.notifications,
  });
  const patience = patienceOf(environment, jobName, logger);
  const own = await openOwnDatabase(environment, run, patience);
  const scope = own?.scope ?? database.forRun({ patience, statementLimitMs: limitOfRun });
  return {
    scope,
    work: async ({ signal, abandoned }) => {
      const { db } = scope;
      signal.throwIfAborted();
      // By hand they were checked before the run was claimed. A schedule has nobody to refuse: the run fails.
      if (run.trigger !== 'manual') await checkParams(db, definition, run.params);
      return definition.run({
        job: jobName,
        runId,
        actor: environment.actor ?? runnerName,
        mode: database.mode,
        db: readOnlyDb(db, jobName),
        transaction: fencedTransaction(db, { runId, dryRun, signal, abandoned }),
        logger,
        notifier,
        outbox: outboxOf(environment, run, logger, signal),
        web: environment.offline === true ? offlineWeb : webOf(config, signal),
        secret: (name) => config.sourceSecrets[name],
        scrub: (error) => environment.secrets.scrubError(error),
        params: run.params,
        settings: config.jobs[jobName]?.settings ?? {},
        settingsOf: (job) => config.jobs[job]?.settings,
        status: () => readStatusOf(environment),
        clock: database.clock,
        zones,
        appBaseUrl: config.appBaseUrl,
        signal,
        progress: (stage, done, total) => environment.onProgress?.({ job: jobName, stage, done, total }),
        dryRun,
      });
    },
    queued: () => notifier.queued,
    close: async () => own?.close(),
  };
}

/** Loaded when a job asks: the others do not pay for it. */
async function readStatusOf(environment: RunEnvironment): Promise<Status> {
  const { readStatus } = await import('../status/read-status.ts');
  const status = await readStatus({ ...environment, brokenJobs: environment.brokenJobs ?? [] });
  const { secrets } = environment;
  return { ...status, matters: status.matters.map((one) => ({ ...one, what: secrets.scrub(one.what) })) };
}

/** Of a run that has not done anything yet. */
export function patienceOf(
  { config, secrets }: Pick<RunEnvironment, 'config' | 'secrets'>,
  job: string,
  logger: Logger,
): Patience {
  return {
    forMs: config.startPatienceMs,
    onWait: (error) =>
      logger.warn(
        { 'event.action': 'job.waiting', err: secrets.scrubError(error) },
        `${job} waits for a connection before it does anything: ${error.message}`,
      ),
  };
}

/** Opened, with all it needs, when a job delivers: the others do not pay for it. */
export function outboxOf(
  environment: RunEnvironment,
  { definition, dryRun }: StartedRun,
  logger: Logger,
  signal: AbortSignal,
): Outbox {
  const { config } = environment;
  return {
    mailLacks: mailLacks(config),
    switchedOff: config.switchedOff,
    ways: async () => {
      const { readWays } = await import('../notify/outbox/read-ways.ts');
      return readWays(environment);
    },
    deliver: async (maxAgeMs, adopt = true) => {
      if (dryRun) throw new Error('nothing is delivered in a dry run');
      const { openOutbox } = await import('../notify/outbox/open-outbox.ts');
      const outbox = await openOutbox({ ...environment, logger });
      try {
        return await outbox.deliver({
          what: { kind: 'due', maxAgeMs, adopt },
          signal,
          progress: (done) =>
            environment.onProgress?.({ job: definition.name, stage: 'sending', done, total: undefined }),
        });
      } finally {
        await outbox.close();
      }
    },
  };
}
