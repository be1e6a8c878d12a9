import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.ts';
import type { Secrets } from '../../config/secrets.ts';
import type { OpenDatabase } from '../../db/database.ts';
import { toOperatorError } from '../../db/errors.ts';
import type { JobDefinition } from '../../job/define-job.ts';
import { registerJobs } from '../../job/register-jobs.ts';
import type { Loop } from '../../scheduler/loop.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadConfiguration } from '../load-configuration.ts';
import { warnOfBrokenJobs, warnOfMisspelt, zonesOf } from '../session.ts';

export interface ReloadOptions {
  readonly database: OpenDatabase;
  /** At the start. */
  readonly config: Config;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly definitions: readonly JobDefinition[];
  readonly loop: Pick<Loop, 'reconfigure'>;
}

/** What a start decides once; by the name that people know. */
const onlyAtStart = [
  ['database', 'the database'],
  ['storedTimezone', 'the zone of the stored times'],
  ['listen', 'the address of the pages'],
  ['listenToken', 'the token of the pages'],
  ['pagesProxy', 'pages'],
  ['logLevel', 'the log level'],
  ['shutdownGraceMs', 'shutdown_grace'],
] as const;

/**
 * SIGHUP: the daemon works with the configuration as it is now. One that is not valid, or cannot be stored, changes nothing. What only a
 * start can change stays as it was and is named; jobs of a user's own stay those that were loaded at the start.
 *
 * @returns reads it again; one call after the other.
 */
export function configurationReloader(
  io: Io,
  globals: GlobalOptions,
  { database, config: first, secrets, logger, definitions, loop }: ReloadOptions,
): () => Promise<void> {
  const reload = async () => {
    try {
      const configuration = await loadConfiguration(io, globals);
      secrets.learn(configuration.secrets);
      const { config: read } = configuration;
      const kept = onlyAtStart.filter(([key]) => !isDeepStrictEqual(read[key], first[key]));
      const config: Config = {
        ...read,
        database: first.database,
        storedTimezone: first.storedTimezone,
        listen: first.listen,
        listenToken: first.listenToken,
        pagesProxy: first.pagesProxy,
        logLevel: first.logLevel,
        shutdownGraceMs: first.shutdownGraceMs,
      };
      warnOfBrokenJobs(logger, configuration, false);
      warnOfMisspelt(logger, configuration, false);
      const zones = zonesOf(config, database, logger, false);
      for (const notice of await registerJobs(database, config, definitions)) {
        logger.warn({ 'event.action': 'job.schedule_changed' }, notice);
      }
      loop.reconfigure(config, zones);
      const names = kept.map(([, name]) => name).join(', ');
      logger[kept.length === 0 ? 'info' : 'warn'](
        { 'event.action': 'config.reloaded', 'event.outcome': 'success' },
        kept.length === 0
          ? 'the configuration was read again and applies from now on'
          : `the configuration was read again and applies from now on, but for ${names}: that changes at the next start`,
      );
    } catch (error) {
      const clean = secrets.scrubError(toOperatorError(error, database.label));
      logger.error(
        { 'event.action': 'config.reload_failed', 'event.outcome': 'failure', err: clean },
        `the configuration was not reloaded and stays as it was: ${clean.message}`,
      );
    }
  };
  let last = Promise.resolve();
  return () => {
    last = last.then(reload);
    return last;
  };
}
