import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { misspellingWords } from '../config/misspelt.ts';
import type { Secrets } from '../config/secrets.ts';
import { cancelOnStop } from '../db/cancel-on-stop.ts';
import type { OpenDatabase } from '../db/database.ts';
import { toOperatorError } from '../db/errors.ts';
import type { ExitCode } from '../errors/exit-code.ts';
import { usage } from '../errors/usage.ts';
import type { JobDefinition } from '../job/define-job.ts';
import type { BrokenJobFile } from '../job/user-jobs/load-user-jobs.ts';
import { type LogLevel, logLevelHint, readLogLevel } from '../log/level.ts';
import { createLogger, type OpenLogger } from '../log/logger.ts';
import { businessZone } from '../time/business-zone.ts';
import type { Zones } from '../time/zones.ts';
import { openForCommand } from './held-database.ts';
import type { GlobalOptions, Io } from './io.ts';
import { type Configuration, loadConfiguration } from './load-configuration.ts';
import { writeLine } from './render/line.ts';
import type { SessionOptions } from './session-options.ts';

/** What a command that needs the database works with. */
export interface Session {
  readonly io: Io;
  readonly config: Config;
  /** The program's own jobs, then the user's. */
  readonly jobs: readonly JobDefinition[];
  /** Files of the user's whose jobs could not be loaded. */
  readonly brokenJobs: readonly BrokenJobFile[];
  readonly database: OpenDatabase;
  readonly logger: Logger;
  /** Takes what the command itself prints in words; no stream has both. */
  readonly record: Logger;
  readonly zones: Zones;
  /** Masks what must not be stored or shown: error messages of others go through it. */
  readonly secrets: Secrets;
  /**
   * Ctrl-C and SIGTERM end the statements of a session, except while this runs its work: a job stops in its own way and
   * then records how it ended.
   */
  readonly inChargeOfStop: <T>(run: () => Promise<T>) => Promise<T>;
}

function levelOf(globals: GlobalOptions, config: Config, usual: LogLevel): LogLevel {
  if (globals.logLevel === undefined) return config.logLevel ?? usual;
  const level = readLogLevel(globals.logLevel);
  if (level !== undefined) return level;
  throw usage(
    `'${globals.logLevel}' is not a log level.`,
    `Give --log-level ${logLevelHint}.`,
    'invalid_log_level',
  );
}

function logFileOf(io: Io, { logFile }: GlobalOptions): string | undefined {
  return logFile === undefined ? undefined : resolve(io.cwd, logFile);
}

/** The logger of a one-shot command: to stderr, from `warn` up, for a person where there is one. */
export function openCommandLogger(
  io: Io,
  globals: GlobalOptions,
  config: Config,
  secrets: Secrets,
): Promise<OpenLogger> {
  return openLogger(io, globals, config, secrets, {
    console: io.stderr,
    pretty: io.stderrIsTerminal,
    usual: 'warn',
  });
}

/** The logger of the daemon: to stdout, from `info` up. */
export function openDaemonLogger(
  io: Io,
  globals: GlobalOptions,
  config: Config,
  secrets: Secrets,
): Promise<OpenLogger> {
  return openLogger(io, globals, config, secrets, {
    console: io.stdout,
    pretty: io.stdoutIsTerminal,
    usual: 'info',
    // A person sees stdout and stderr as one; whoever collects ECS has stdout alone.
    consoleHasRecord: !io.stdoutIsTerminal,
  });
}

function openLogger(
  io: Io,
  globals: GlobalOptions,
  config: Config,
  secrets: Secrets,
  {
    console,
    pretty,
    usual,
    consoleHasRecord = false,
  }: {
    readonly console: Writable;
    readonly pretty: boolean;
    readonly usual: LogLevel;
    readonly consoleHasRecord?: boolean;
  },
): Promise<OpenLogger> {
  return createLogger({
    console,
    stderr: io.stderr,
    pretty,
    color: io.color && pretty,
    level: levelOf(globals, config, usual),
    file: logFileOf(io, globals),
    secrets,
    consoleHasRecord,
  });
}

/** The zones that a session works with; an assumed one is reported. */
export function zonesOf(config: Config, database: OpenDatabase, logger: Logger, quiet: boolean): Zones {
  const business = businessZone(config, database.mode);
  if (config.timezone === undefined && database.mode === 'attached') {
    // Nobody can act on it every quarter of an hour; by hand and in the log file it is there.
    logger[quiet ? 'info' : 'warn'](
      { 'event.action': 'config.timezone_assumed', 'labels.timezone': business },
      `TIMEZONE is not set; using ${business}, OpsDeck's default`,
    );
  }
  return { business, stored: database.storedZone };
}

/** Names the files of a user's own jobs that were not loaded. `list` shows them, and `list --check` fails: `quiet` keeps them to the log. */
export function warnOfBrokenJobs(
  logger: Logger,
  { brokenJobs }: Pick<Configuration, 'brokenJobs'>,
  quiet: boolean,
): void {
  for (const { file, reason } of brokenJobs) {
    logger[quiet ? 'info' : 'warn'](
      { 'event.action': 'job.not_loaded', 'event.outcome': 'failure', 'file.path': file },
      `${file} was not loaded: ${reason}`,
    );
  }
}

/** Names the misspelt variables, where somebody reads it: a timer every quarter of an hour is not the place. */
export function warnOfMisspelt(
  logger: Logger,
  { misspellings }: Pick<Configuration, 'misspellings'>,
  toLogOnly: boolean,
): void {
  for (const one of misspellings) {
    logger[toLogOnly ? 'info' : 'warn']({ 'event.action': 'config.unread_variable' }, misspellingWords(one));
  }
}

/** A restored or copied database sends nothing: whatever the command, that must not go unnoticed. */
export function warnOfIdentity(logger: Logger, { identity }: Pick<OpenDatabase, 'identity'>): void {
  if (identity.kind !== 'known') logger.warn({ 'event.action': 'database.identity' }, identity.warning);
}

async function withDatabase(
  { logger, record }: Pick<OpenLogger, 'logger' | 'record'>,
  configuration: Configuration,
  io: Io,
  options: SessionOptions,
  work: (session: Session) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { config, secrets, jobs, brokenJobs } = configuration;
  const tell = (isShown: boolean) => (notice: string) => {
    if (isShown) writeLine(io.stderr, secrets.scrub(notice));
    record.info({ 'event.action': 'database.notice' }, notice);
  };
  // Who waits at a terminal sees why, whatever the command prints; a timer mails what is printed.
  const notices = { onNotice: tell(options.quiet !== true), onWait: tell(options.unreadToLog !== true) };
  const warnOfNames = () => warnOfMisspelt(logger, configuration, options.unreadToLog === true);
  const database = await openForCommand(io, config, notices, options).catch((error: unknown) => {
    // It may be why the database was not found.
    warnOfNames();
    throw error;
  });
  // Another process did it, and gave the warnings.
  if (typeof database === 'number') return database;
  let endStopping = cancelOnStop(database, io.stop);
  const inChargeOfStop = async <T>(run: () => Promise<T>): Promise<T> => {
    endStopping();
    try {
      return await run();
    } finally {
      endStopping = cancelOnStop(database, io.stop);
    }
  };
  try {
    if (options.quiet !== true) writeLine(io.stderr, secrets.scrub(`Using ${database.label}`));
    warnOfBrokenJobs(logger, configuration, options.quiet === true || options.unreadToLog === true);
    warnOfNames();
    warnOfIdentity(logger, database);
    const zones = zonesOf(config, database, logger, options.quiet === true);
    return await work({
      io,
      config,
      jobs,
      brokenJobs,
      database,
      logger,
      record,
      zones,
      secrets,
      inChargeOfStop,
    });
  } catch (error) {
    throw toOperatorError(error, database.label);
  } finally {
    endStopping();
    await database.close();
  }
}

/**
 * Reads the configuration, opens the database and the log, says which database it is, does the work, and closes all of it.
 *
 * @throws OperatorError for everything that is expected to go wrong; no error that leaves here holds a secret.
 */
export async function withSession(
  io: Io,
  globals: GlobalOptions,
  options: SessionOptions,
  work: (session: Session) => Promise<ExitCode>,
): Promise<ExitCode> {
  return withConfiguration(io, globals, await loadConfiguration(io, globals), options, work);
}

/** {@link withSession} for a command that had to know the configuration, or the jobs, before. */
export async function withConfiguration(
  io: Io,
  globals: GlobalOptions,
  configuration: Configuration,
  options: SessionOptions,
  work: (session: Session) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { config, secrets } = configuration;
  const log = await openCommandLogger(io, globals, config, secrets);
  try {
    return await withDatabase(log, configuration, io, options, work);
  } catch (error) {
    const clean = secrets.scrubError(toOperatorError(error));
    log.record.error(
      { 'event.action': 'command.failed', 'event.outcome': 'failure', err: clean },
      clean.message,
    );
    throw clean;
  } finally {
    log.close();
  }
}
