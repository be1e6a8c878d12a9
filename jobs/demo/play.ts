/*
 * The demo: a made-up organisation in a throw-away embedded database; the drift job through the real runner a week ago; a week in which
 * evidence ages and people change things; and the drift job again, now. Only the clock is the demo's own.
 *
 * Nothing is read from the environment, configuration files or the folder it is started in; nothing is written but to the
 * demo's folder.
 */
import type { Transaction } from 'kysely';
import type { Logger } from 'pino';
import { loadConfig } from '../../src/config/load.ts';
import { openDatabase } from '../../src/db/open-migrated.ts';
import type { Database } from '../../src/db/tables.ts';
import { OperatorError } from '../../src/errors/operator-error.ts';
import { findJob } from '../../src/job/find-job.ts';
import type { RunEnvironment } from '../../src/job/run-environment.ts';
import { runManually } from '../../src/job/run-manually.ts';
import type { RunOutcome } from '../../src/job/run-outcome.ts';
import { jobs } from '../index.ts';
import { daysBefore } from './days.ts';
import { DemoClock } from './demo-clock.ts';
import { fillDemo } from './fill.ts';
import { letWeekHappen } from './week.ts';

export const demoJob = 'compliance-drift';

const weekMs = 7 * 86_400_000;

export interface DemoOptions {
  /** An empty folder of the demo's own. */
  readonly folder: string;
  /** When the demo ends; its first run is a week earlier. */
  readonly now: Date;
  readonly logger: Logger;
  readonly stop: AbortSignal;
  /** Told after each of the two runs, before the next thing happens. */
  readonly onRun: (outcome: RunOutcome) => void;
  /** Looks at what the last run left; its database is closed afterwards. */
  readonly onEnd: (environment: RunEnvironment) => Promise<void>;
}

/**
 * Plays the demo and closes its database.
 *
 * @throws OperatorError when a run does not succeed.
 */
export async function playDemo({ folder, now, logger, stop, onRun, onEnd }: DemoOptions): Promise<void> {
  stop.throwIfAborted();
  const clock = new DemoClock(new Date(now.getTime() - weekMs));
  const { config, secrets } = loadConfig({ env: { HOME: folder }, cwd: folder, jobs });
  const database = await openDatabase(
    { kind: 'embedded', dataDir: folder },
    { applicationName: 'opsdeck-jobs demo', waitMs: 0, storedTimezone: undefined, clock, signal: stop },
  );
  try {
    const zones = { business: 'UTC', stored: database.storedZone };
    const environment = { database, config, zones, logger, secrets, stop, jobs, definitions: jobs };
    const days = daysBefore(now, database.storedZone);
    stop.throwIfAborted();
    await database.db.transaction().execute((trx) => fillDemo(trx, days));
    onRun(await runOnce(environment));
    stop.throwIfAborted();
    clock.set(now);
    await database.db.transaction().execute(async (trx) => {
      await letWeekHappen(trx, days);
      await forgetFirings(trx, now);
    });
    onRun(await runOnce(environment));
    stop.throwIfAborted();
    await onEnd(environment);
  } finally {
    await database.close();
  }
}

/** The Mondays of the demo's week are not firings that anybody missed: whoever looks at `list` afterwards sees a job that is well. */
async function forgetFirings(trx: Transaction<Database>, now: Date): Promise<void> {
  await trx.updateTable('opsdeck_jobs.job_state').set({ last_scheduled_for: now, updated_at: now }).execute();
}

async function runOnce(environment: RunEnvironment): Promise<RunOutcome> {
  const outcome = await runManually(environment, {
    definition: findJob(demoJob, jobs),
    params: {},
    dryRun: false,
    timeoutMs: undefined,
    waitMs: 0,
    ignorePause: false,
    allowEmpty: false,
  });
  if (outcome.status === 'succeeded') return outcome;
  const { fault, exitCode } = outcome;
  throw new OperatorError({
    code: fault?.code ?? 'demo_failed',
    message: fault?.message ?? `The run of ${demoJob} ended as ${outcome.status}.`,
    next: fault?.next ?? 'Run `demo` again.',
    exitCode,
  });
}
