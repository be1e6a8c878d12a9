import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config, ListenAddress } from '../../config/config.ts';
import type { Secrets } from '../../config/secrets.ts';
import type { OpenDatabase } from '../../db/database.ts';
import { toOperatorError } from '../../db/errors.ts';
import { openDatabase } from '../../db/open-migrated.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import { usage } from '../../errors/usage.ts';
import { startPages } from '../../http/start-pages.ts';
import type { JobDefinition } from '../../job/define-job.ts';
import { findJob } from '../../job/find-job.ts';
import { registerJobs } from '../../job/register-jobs.ts';
import type { RunEnvironment } from '../../job/run-environment.ts';
import type { BrokenJobFile } from '../../job/user-jobs/load-user-jobs.ts';
import { createPinger } from '../../notify/ping.ts';
import { Loop } from '../../scheduler/loop.ts';
import { stalledAfterMs } from '../../scheduler/loop-status.ts';
import { Outage } from '../../scheduler/outage.ts';
import { stopSignalOf } from '../../service/stop-signal.ts';
import { createServiceNotifier } from '../../service/systemd.ts';
import { version } from '../../service/version.ts';
import { count } from '../../text/count.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { readListen } from '../listen-option.ts';
import { type Configuration, loadConfiguration } from '../load-configuration.ts';
import { offerCommands } from '../offer-commands.ts';
import { openDaemonLogger, warnOfBrokenJobs, warnOfIdentity, warnOfMisspelt, zonesOf } from '../session.ts';
import { siteOf } from '../site-of.ts';
import { startSmall } from '../small-start.ts';
import { configurationReloader } from './daemon-reload.ts';

/** As typed. */
export interface DaemonOptions {
  readonly only?: string;
  readonly listen?: string;
}

/** A stopping daemon waits so long for its pings to arrive. */
const pingsAtMostMs = 5_000;

/** So long a start may take. */
const startMs = 5000;

/**
 * `daemon`: runs the jobs on their schedules until SIGINT or SIGTERM, then lets the runs end; exit 0 after that. SIGHUP opens the
 * log file anew and reads the configuration again. A database
 * that is away at the start is waited for; a wrong configuration, or a database that is not migrated, ends it at once.
 */
export async function daemon(io: Io, globals: GlobalOptions, options: DaemonOptions): Promise<ExitCode> {
  const mayGrow = startSmall();
  // The first rounds are part of the start; a run may need it all.
  setTimeout(mayGrow, startMs).unref();
  const configuration = await loadConfiguration(io, globals);
  const { config, secrets, jobs } = configuration;
  const definitions = readOnly(options.only, configuration);
  const listen = readListen(options.listen) ?? config.listen;
  const { logger, record, reopen, close } = await openDaemonLogger(io, globals, config, secrets);
  // Until there is a loop to reconfigure: somebody who rotates logs must not end a daemon that waits for its database.
  io.onHangUp?.(reopen);
  try {
    warnOfBrokenJobs(logger, configuration, false);
    warnOfMisspelt(logger, configuration, false);
    const database = await openPatiently(io, config, logger, secrets);
    try {
      return await run(io, globals, {
        reopen,
        database,
        config,
        secrets,
        logger,
        jobs,
        brokenJobs: configuration.brokenJobs,
        definitions,
        partial: definitions.length < jobs.length,
        listen,
      });
    } finally {
      await database.close();
    }
  } catch (error) {
    if (io.stop.aborted) return ExitCode.ok;
    const clean = secrets.scrubError(toOperatorError(error));
    record.fatal({ 'event.action': 'daemon.failed', 'event.outcome': 'failure', err: clean }, clean.message);
    throw clean;
  } finally {
    close();
  }
}

interface Daemon {
  readonly database: OpenDatabase;
  readonly config: Config;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly jobs: readonly JobDefinition[];
  readonly brokenJobs: readonly BrokenJobFile[];
  /** Those that it runs. */
  readonly definitions: readonly JobDefinition[];
  /** Not all jobs. */
  readonly partial: boolean;
  readonly listen: ListenAddress | undefined;
  /** Opens the log file anew. */
  readonly reopen: () => void;
}

async function run(
  io: Io,
  globals: GlobalOptions,
  { listen, definitions, partial, reopen, ...parts }: Daemon,
): Promise<ExitCode> {
  const { database, config, logger } = parts;
  warnOfIdentity(logger, database);
  const zones = zonesOf(config, database, logger, false);
  for (const notice of await registerJobs(database, config, definitions)) {
    logger.warn({ 'event.action': 'job.schedule_changed' }, notice);
  }
  const pinger = createPinger({ logger });
  const environment: RunEnvironment = { ...parts, zones, stop: io.stop, definitions, pinger };
  const loop = new Loop(environment, {
    definitions,
    partial,
    concurrency: config.concurrency,
  });
  const pages =
    listen === undefined
      ? undefined
      : await startPages({
          ...environment,
          listen,
          token: config.listenToken,
          status: loop,
          site: await siteOf(io, globals, database),
        });
  logger.info(
    { 'event.action': 'daemon.started', 'labels.version': version, 'labels.jobs': definitions.length },
    `running ${count(definitions.length, 'job')} by schedule; using ${database.label}, zone ${zones.business}`,
  );
  io.surviveUncaught?.((error) => {
    const clean = parts.secrets.scrubError(error);
    logger.error(
      { 'event.action': 'daemon.uncaught', 'event.outcome': 'failure', err: clean },
      `something that a job left behind failed, and no run waited for it: ${clean.message}`,
    );
  });
  const reload = configurationReloader(io, globals, { ...parts, definitions, loop });
  io.onHangUp?.(() => {
    reopen();
    void reload();
  });
  loop.start();
  const commands = offerCommands(database, logger, io.runCommandLine);
  const service = createServiceNotifier(io.env, logger);
  await service.ready(`${count(definitions.length, 'job')} by schedule`);
  service.watch(() => (loop.lastTickAgeMs() ?? 0) < stalledAfterMs);
  await stopped(io.stop);
  logger.info(
    {
      'event.action': 'daemon.stopping',
      'event.reason': String(io.stop.reason),
      'labels.running': loop.running(),
    },
    loop.running() === 0 ? 'stopping' : `stopping; waiting for ${count(loop.running(), 'run')}`,
  );
  await service.stopping();
  await Promise.all([
    loop.stop(config.shutdownGraceMs, stopSignalOf(io.stop)),
    commands.end(config.shutdownGraceMs),
  ]);
  await Promise.all([pages?.close(), pinger.flush(pingsAtMostMs)]);
  await service.stop();
  logger.info({ 'event.action': 'daemon.stopped', 'event.outcome': 'success' }, 'stopped');
  return ExitCode.ok;
}

/** Resolves at the first SIGINT or SIGTERM. */
function stopped(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve();
    // Keeps the process alive as well: an idle daemon has nothing else that does.
    const alive = setInterval(() => undefined, 2 ** 30);
    stop.addEventListener(
      'abort',
      () => {
        clearInterval(alive);
        resolve();
      },
      { once: true },
    );
  });
}

/** Opens the database, waiting for one that is away: a machine that starts everything at once starts us first. */
async function openPatiently(
  io: Io,
  config: Config,
  logger: Logger,
  secrets: Secrets,
): Promise<OpenDatabase> {
  const outage = new Outage(logger, 'the database');
  for (;;) {
    try {
      const database = await openDatabase(config.database, {
        applicationName: 'opsdeck-jobs daemon',
        stay: 'daemon',
        storedTimezone: config.storedTimezone,
        signal: io.stop,
        onNotice: (notice) => logger.warn({ 'event.action': 'database.notice' }, notice),
      });
      outage.over();
      return database;
    } catch (error) {
      io.stop.throwIfAborted();
      if (!(error instanceof OperatorError) || error.exitCode !== ExitCode.unavailable) throw error;
      await sleep(outage.failed(secrets.scrubError(error), Math.random), undefined, { signal: io.stop });
    }
  }
}

function readOnly(text: string | undefined, { jobs, brokenJobs }: Configuration): readonly JobDefinition[] {
  if (text === undefined) return jobs;
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) {
    throw usage(
      '--only names no job.',
      `Give one or more of: ${jobs.map(({ name }) => name).join(', ')}.`,
      'no_jobs',
    );
  }
  const wanted = new Set(names.map((name) => findJob(name, jobs, brokenJobs).name));
  return jobs.filter(({ name }) => wanted.has(name));
}
