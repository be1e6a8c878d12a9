import { dirname, resolve } from 'node:path';
import { parseConnectionUrl } from '../db/postgres/connection-url.ts';
import type { JobDefinition } from '../job/define-job.ts';
import { channels } from '../notify/channels/lookup.ts';
import { nearest } from '../text/suggest.ts';
import { readChannelSettings } from './channel-values.ts';
import type { Config, DatabaseConfig } from './config.ts';
import { type ConfigFile, findConfigFile, readConfigFile } from './config-file.ts';
import { completion, mapDatabaseUrls } from './database-urls.ts';
import { defaultDataDir } from './default-data-dir.ts';
import { readDestinationNames } from './destinations.ts';
import { type ConfigEntry, EntryList } from './entries.ts';
import { readEventRoutings } from './event-routings.ts';
import type { UnknownJobs } from './file-schema.ts';
import { readHttpProxies } from './http-proxies.ts';
import { readJobConfigs } from './job-configs.ts';
import { type Layer, readLayers, type SourceOptions } from './layers.ts';
import { type Misspelling, misspellings, misspellingWords } from './misspelt.ts';
import { readPostForms } from './post-forms.ts';
import { configurationError, type Problem } from './problem.ts';
import { Secrets } from './secrets.ts';
import { type Found, ValueReader } from './value-reader.ts';
import { databaseVariables, isUnknownName, knownNames, secretsOfSources, variables } from './variables.ts';

export interface LoadOptions extends SourceOptions {
  readonly jobs: readonly JobDefinition[];
  /** Default `refuse`. `ignore`: a job may be missing that could not be loaded, and what is set for it is no mistake. */
  readonly unknownJobs?: UnknownJobs;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Every effective value with its origin, secrets masked: what `config show` prints. */
  readonly entries: readonly ConfigEntry[];
  readonly secrets: Secrets;
  /** Variables that probably were to be set, and are not. */
  readonly misspellings: readonly Misspelling[];
}

const emptyFile: ConfigFile = { content: {}, find: () => undefined };

function configFileOf(options: LoadOptions, layers: readonly Layer[], problems: Problem[]) {
  const source = findConfigFile(options, layers);
  if (source === undefined) return { file: emptyFile, folder: options.cwd };
  const file = readConfigFile(source, options.jobs, options.unknownJobs, problems);
  return { file, folder: dirname(source.path) };
}

function unknownNames(layers: readonly Layer[], known: readonly string[]): Problem[] {
  return layers.flatMap((layer) =>
    layer.names
      .filter((name) => isUnknownName(name, known))
      .map((name): Problem => {
        const near = nearest(name, known);
        return {
          name,
          origin: layer.find(name)?.origin ?? 'environment',
          message: 'is not known',
          hint: near === undefined ? 'remove it' : `did you mean ${near}?`,
        };
      }),
  );
}

function defaultFolder(env: LoadOptions['env'], problems: Problem[]): string {
  const found = defaultDataDir(env);
  if ('path' in found) return found.path;
  const hint =
    'the data folder would be in it; set OPSDECK_JOBS_DATA_DIR to an absolute path, or DATABASE_URL';
  problems.push({ name: 'HOME', origin: 'environment', message: found.reason, hint });
  return 'opsdeck-jobs';
}

function databaseOf(
  url: Found<string> | undefined,
  dataDir: Found<string> | undefined,
  folders: { readonly file: string; readonly cwd: string; readonly fallback: () => string },
): DatabaseConfig {
  if (url !== undefined) return { kind: 'postgres', url: url.value };
  if (dataDir === undefined) return { kind: 'embedded', dataDir: folders.fallback() };
  return {
    kind: 'embedded',
    dataDir: resolve(dataDir.fromConfigFile ? folders.file : folders.cwd, dataDir.value),
  };
}

/** Everything that must never be shown: the secrets as given, and the password inside the database's URL. */
function secretValues(
  url: Found<string> | undefined,
  others: ReadonlyArray<Found<string | number> | undefined>,
  more: readonly string[],
  jobs: Config['jobs'],
  destinations: Config['destinations'],
): Secrets {
  const values = [url, ...others].flatMap((found) =>
    found === undefined ? [] : [found.text, String(found.value)],
  );
  values.push(...more);
  for (const { pingUrl, databaseUrl } of Object.values(jobs)) {
    if (pingUrl !== undefined) values.push(pingUrl.replace(/\/+$/, ''));
    if (databaseUrl !== undefined) values.push(databaseUrl, ...passwordsIn(databaseUrl));
  }
  for (const addresses of destinations.values()) values.push(...Object.values(addresses));
  if (url !== undefined) values.push(...passwordsIn(url.value));
  return new Secrets(values);
}

/** The password inside a database's URL, in each form in which it may be met. */
function passwordsIn(url: string): readonly string[] {
  const { password, user, database } = parseConnectionUrl(url);
  // As written, too: percent-encoding has more than one way to write a character.
  const written = /:\/\/[^/?#@]*?:([^/?#]*)@/.exec(url)?.[1];
  // A password that is also a name would only be given away by a mask wherever that name stands.
  return [password, written].flatMap((one) =>
    one !== undefined && one !== user && one !== database ? [one] : [],
  );
}

/**
 * Reads the configuration: environment, then `.env`, then the configuration file, then defaults. Opens nothing.
 *
 * @throws OperatorError `invalid_configuration` (exit 2) that lists every problem.
 */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const problems: Problem[] = [];
  const loaded = readConfig(options, problems);
  if (problems.length > 0) throw configurationError(problems, loaded.misspellings.map(misspellingWords));
  return loaded;
}

/** {@link loadConfig} for who shows what is wrong: it goes to `problems`, and the values that have one are as if not set. */
export function readConfig(options: LoadOptions, problems: Problem[]): LoadedConfig {
  const layers = readLayers(options, problems);
  const known = knownNames(options.jobs);
  problems.push(...unknownNames(layers, known));
  const { file, folder } = configFileOf(options, layers, problems);
  const reader = new ValueReader(layers, file, problems);
  const list = new EntryList();

  const complete = completion(layers, problems);
  const written = reader.read(variables.databaseUrl);
  const url = written && { ...written, value: complete('DATABASE_URL', written.origin, written.value) };
  const dataDir = reader.read(variables.dataDir);
  const listenToken = reader.read(variables.listenToken);
  const database = databaseOf(url, dataDir, {
    file: folder,
    cwd: options.cwd,
    fallback: () => defaultFolder(options.env, problems),
  });
  list.addDatabase(url);
  if (database.kind === 'embedded') list.add(variables.dataDir, dataDir, database.dataDir);

  const optional = <T extends string | number>(variable: Parameters<typeof reader.read<T>>[0]) => {
    const found = reader.read(variable);
    list.add(variable, found, undefined);
    return found?.value;
  };
  const withDefault = <T extends string | number>(
    variable: Parameters<typeof reader.read<T>>[0],
    fallback: T,
  ) => {
    const found = reader.read(variable);
    list.add(variable, found, fallback);
    return found?.value ?? fallback;
  };

  const timezone = optional(variables.timezone);
  const storedTimezone = optional(variables.storedTimezone);
  const logLevel = optional(variables.logLevel);
  const appBaseUrl = optional(variables.appBaseUrl);
  const ofChannels = readChannelSettings(reader, list);
  const foundSecrets = secretsOfSources(layers.flatMap(({ names }) => names)).map(({ name, variable }) => {
    const found = reader.read(variable);
    list.addSecret(variable, found);
    return { name, found };
  });
  const sourceSecrets = Object.fromEntries(
    foundSecrets.flatMap(({ name, found }) => (found === undefined ? [] : [[name, found.value]])),
  );
  const delivery = reader.read(variables.delivery);
  list.addText(variables.delivery, delivery, 'live');
  const switches = file.content.channels ?? {};
  const switchedOff = channels.filter((channel) => switches[channel] === 'off');
  for (const channel of channels) {
    list.addJobValue(
      ['channels', channel],
      switches[channel] ?? 'on',
      file.find(['channels', channel])?.origin,
    );
  }
  const destinations = readDestinationNames(file, folder, list, problems);
  const postForms = readPostForms({ file, folder, destinations, secrets: sourceSecrets, list, problems });
  const notifications = readEventRoutings(file, destinations, list, problems);
  const allowPrivateDestinations = file.content.allow_private_destinations ?? false;
  list.addJobValue(
    ['allow_private_destinations'],
    allowPrivateDestinations,
    file.find(['allow_private_destinations'])?.origin,
  );
  const { proxies: httpProxies, secrets: ofProxies } = readHttpProxies({
    reader,
    layers,
    file,
    folder,
    list,
    problems,
  });
  const schedules = file.content.schedules ?? 'own';
  list.addJobValue(['schedules'], schedules, file.find(['schedules'])?.origin);
  const concurrency = withDefault(variables.concurrency, 8);
  const shutdownGrace = reader.read(variables.shutdownGrace);
  list.addText(variables.shutdownGrace, shutdownGrace, '30s');
  const startPatience = reader.read(variables.startPatience);
  list.addText(variables.startPatience, startPatience, '30s');
  const keepHistory = reader.read(variables.keepHistory);
  list.addText(variables.keepHistory, keepHistory, '90d');
  const headTo = optional(variables.headTo);
  const timestampUrl = optional(variables.timestampUrl);
  const listen = reader.read(variables.listen);
  list.addText(variables.listen, listen, null);
  list.addSecret(variables.listenToken, listenToken);
  const { pages } = file.content;
  if (pages !== undefined) {
    for (const name of ['user_header', 'trusted_proxies'] as const)
      list.addJobValue(['pages', name], pages[name], file.find(['pages', name])?.origin);
  }
  const jobsDirs = file.find(['jobs_dirs']);
  if (jobsDirs !== undefined) list.addJobValue(['jobs_dirs'], file.content.jobs_dirs ?? [], jobsDirs.origin);
  const variableUrls = new Map<string, string>();
  for (const variable of databaseVariables(options.jobs)) {
    const found = reader.read(variable);
    list.addSecret(variable, found);
    if (found !== undefined) variableUrls.set(variable.name, found.value);
  }
  const jobs = mapDatabaseUrls(
    readJobConfigs(options.jobs, file, folder, list, problems, variableUrls),
    (name, value) => complete(`jobs.${name}.database_url`, 'its own database', value),
  );

  return {
    config: {
      database,
      timezone,
      storedTimezone,
      logLevel,
      appBaseUrl,
      channels: ofChannels.values,
      sourceSecrets,
      delivery: delivery?.value ?? { kind: 'live' },
      switchedOff,
      destinations,
      postForms,
      notifications,
      allowPrivateDestinations,
      httpProxies,
      schedules,
      concurrency,
      shutdownGraceMs: shutdownGrace?.value ?? 30_000,
      startPatienceMs: startPatience?.value ?? 30_000,
      keepHistoryMs: keepHistory?.value ?? 90 * 86_400_000,
      headTo,
      timestampUrl,
      listen: listen?.value,
      listenToken: listenToken?.value,
      pagesProxy: pages && {
        userHeader: pages.user_header.toLowerCase(),
        trustedProxies: pages.trusted_proxies,
      },
      jobs,
    },
    entries: list.entries,
    misspellings: misspellings(layers, known),
    secrets: secretValues(
      url,
      [...ofChannels.secrets, listenToken, ...foundSecrets.map(({ found }) => found)],
      ofProxies,
      jobs,
      destinations,
    ),
  };
}
