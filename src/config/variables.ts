import type { JobDefinition } from '../job/define-job.ts';
import { channelVariables } from './channel-settings.ts';
import { databaseNames, sourceVariables } from './source-variables.ts';
import {
  baseUrl,
  concurrency,
  databaseUrl,
  deliveryMode,
  duration,
  level,
  listenAddress,
  mailAddress,
  proxySetting,
  text,
  token,
  zone,
} from './values.ts';
import { open, secret, type Variable } from './variable.ts';

/** OpsDeck's names as they are; ours begin with `OPSDECK_JOBS_`. Those of the channels are beside them. */
export const variables = {
  databaseUrl: secret(
    databaseNames.url,
    databaseUrl,
    'PostgreSQL database. Default: the embedded database in OPSDECK_JOBS_DATA_DIR.',
  ),
  dataDir: open(databaseNames.dataDir, text, ['data_dir']),
  timezone: open('TIMEZONE', zone, ['timezone']),
  storedTimezone: open('OPSDECK_JOBS_STORED_TIMEZONE', zone, ['stored_timezone']),
  logLevel: open('LOG_LEVEL', level, ['log_level']),
  appBaseUrl: open('APP_BASE_URL', baseUrl, ['app_base_url']),
  delivery: open('OPSDECK_JOBS_DELIVERY', deliveryMode, ['delivery']),
  concurrency: open('OPSDECK_JOBS_CONCURRENCY', concurrency, ['concurrency']),
  shutdownGrace: open('OPSDECK_JOBS_SHUTDOWN_GRACE', duration, ['shutdown_grace']),
  startPatience: open('OPSDECK_JOBS_START_PATIENCE', duration, ['start_patience']),
  keepHistory: open('OPSDECK_JOBS_KEEP_HISTORY', duration, ['keep_history']),
  httpProxy: secret(
    'OPSDECK_JOBS_HTTP_PROXY',
    proxySetting,
    'HTTP proxy of everything but mail and the database: env, off or http://HOST:PORT. Default: off.',
  ),
  headTo: open('OPSDECK_JOBS_HEAD_TO', mailAddress, ['head_to']),
  timestampUrl: open('OPSDECK_JOBS_TIMESTAMP_URL', baseUrl, ['timestamp_url']),
  listen: open('OPSDECK_JOBS_LISTEN', listenAddress, ['listen']),
  listenToken: secret(
    'OPSDECK_JOBS_LISTEN_TOKEN',
    token,
    'Token of the pages of a daemon, 16 characters or more; needed where others can reach them.',
  ),
} as const;

/** The proxies of a host, as many programs read them; in lower case, too. */
const proxyVariables = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'] as const;

/** The URLs that lead single jobs to the database. */
export function databaseVariables(jobs: readonly JobDefinition[]): readonly Variable<string>[] {
  return jobs.flatMap(({ databaseVariable }) =>
    databaseVariable === undefined
      ? []
      : [secret(databaseVariable.name, databaseUrl, databaseVariable.about)],
  );
}

/** Those of the channels and the jobs included. */
export function allVariables(jobs: readonly JobDefinition[]): readonly Variable<unknown>[] {
  return [
    ...Object.values(variables),
    ...databaseVariables(jobs),
    ...channelVariables.map(({ variable }) => variable),
  ];
}

/** Every name that may be set, `_FILE` forms included. */
export function knownNames(jobs: readonly JobDefinition[]): readonly string[] {
  return [
    ...allVariables(jobs).flatMap(({ name, secret: hidden }) => (hidden ? [name, `${name}_FILE`] : [name])),
    ...Object.values(sourceVariables),
  ];
}

const secretOfSources = /^OPSDECK_JOBS_SECRET_([A-Z][A-Z0-9_]*?)(?:_FILE)?$/;

/** The secrets of sources of access reviews that are set in some layer: each name, which nobody but the operator knows, and its variable. */
export function secretsOfSources(
  names: readonly string[],
): ReadonlyArray<{ readonly name: string; readonly variable: Variable<string> }> {
  const found = new Set(names.flatMap((name) => secretOfSources.exec(name)?.[1] ?? []));
  return [...found].sort().map((name) => ({
    name,
    variable: secret(`OPSDECK_JOBS_SECRET_${name}`, text, `The secret ${name} of API sources.`),
  }));
}

/**
 * Kubernetes sets these for every Service called `opsdeck-jobs` in the namespace; they are nobody's mistake.
 */
const kubernetesServiceLink =
  /^OPSDECK_JOBS_(?:[A-Z0-9_]+_)?(?:SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

/** Is it meant for this program? */
function isOurs(name: string): boolean {
  return name.startsWith('OPSDECK_JOBS_') && !kubernetesServiceLink.test(name);
}

/** A name with our prefix that is not `known`: a misspelling, whose value would silently not count. */
export function isUnknownName(name: string, known: readonly string[]): boolean {
  return isOurs(name) && !known.includes(name) && !secretOfSources.test(name);
}

const knownWithoutJobs = new Set(knownNames([]));

/** What decides where files are, and how output looks. */
const surroundings = new Set([
  ...['HOME', 'XDG_DATA_HOME', 'NO_COLOR', 'FORCE_COLOR', 'TERM', 'npm_command'],
  ...proxyVariables.flatMap((name) => [name, name.toLowerCase()]),
]);

/** Does the program read it, or complain of it? Nothing else of an environment is anybody else's business. */
export function isRead(name: string): boolean {
  return knownWithoutJobs.has(name) || isOurs(name) || surroundings.has(name);
}
