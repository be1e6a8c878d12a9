import { resolve } from 'node:path';
import { asClause, issueWords } from '../errors/issue-words.ts';
import type { JobDefinition } from '../job/define-job.ts';
import { defaultRetries } from '../schedule/retry-at.ts';
import type { JsonObject } from '../text/json.ts';
import { readDuration } from '../time/duration.ts';
import type { JobConfig } from './config.ts';
import type { ConfigFile } from './config-file.ts';
import type { EntryList } from './entries.ts';
import { jsonObject } from './file-schema.ts';
import type { Problem } from './problem.ts';
import { secretUrlOf } from './secret-url.ts';
import { databaseUrl } from './values.ts';

/** Paths among the settings, which say `format: 'path'` of themselves, begin at the folder of the configuration file. */
function withPathsFrom(folder: string, job: JobDefinition, settings: JsonObject): JsonObject {
  const entries = Object.entries(settings).map(([name, value]) => {
    const isPath = job.settings.shape[name]?.meta()?.['format'] === 'path';
    return [name, isPath && typeof value === 'string' ? resolve(folder, value) : value];
  });
  return Object.fromEntries(entries);
}

/** Settings with the job's defaults; a setting that has none and is not given is a problem. */
function settingsOf(
  job: JobDefinition,
  given: unknown,
  file: ConfigFile,
  folder: string,
  problems: Problem[],
): JsonObject {
  const checked = job.settings.safeParse(given ?? {}, { error: issueWords });
  const json = checked.success ? jsonObject.safeParse(checked.data) : checked;
  if (json.success) return withPathsFrom(folder, job, jsonObject.parse(json.data));
  const path = ['jobs', job.name, 'settings'];
  for (const issue of json.error.issues) {
    const name = [...path, ...issue.path.map(String)].join('.');
    problems.push({ name, origin: file.find(path)?.origin ?? 'default', message: asClause(issue.message) });
  }
  return {};
}

/**
 * The parameters of scheduled runs, read by the job's schema. What is wrong with those that are given is a problem of the file
 * already; a required one that is not given fails the runs, not the configuration of all the other jobs.
 */
function paramsOf(job: JobDefinition, given: unknown): JsonObject {
  const checked = job.params.safeParse(given ?? {});
  return checked.success ? jsonObject.parse(JSON.parse(JSON.stringify(checked.data))) : {};
}

function jobConfig(
  job: JobDefinition,
  file: ConfigFile,
  folder: string,
  list: EntryList,
  problems: Problem[],
  variableUrls: ReadonlyMap<string, string>,
): JobConfig {
  const path = ['jobs', job.name];
  const given = file.content.jobs?.[job.name] ?? {};
  const originOf = (key: string) => file.find([...path, key])?.origin;
  for (const key of [
    'enabled',
    'schedule',
    'timezone',
    'timeout',
    'misfire',
    'max_late',
    'jitter',
    'alert_after',
  ] as const) {
    const value = given[key];
    if (value !== undefined) list.addJobValue([...path, key], value, originOf(key));
  }
  const params = paramsOf(job, file.find([...path, 'params'])?.value);
  const settings = settingsOf(job, file.find([...path, 'settings'])?.value, file, folder, problems);
  for (const [kind, values] of Object.entries({ params, settings })) {
    for (const [key, value] of Object.entries(values)) {
      list.addJobValue([...path, kind, key], value, file.find([...path, kind, key])?.origin);
    }
  }
  const pingUrl = secretUrlOf([...path, 'ping_url'], file, folder, list, problems);
  const ofFile = secretUrlOf([...path, 'database_url'], file, folder, list, problems, databaseUrl);
  const ofVariable =
    job.databaseVariable === undefined ? undefined : variableUrls.get(job.databaseVariable.name);
  const url = ofVariable ?? ofFile;
  const milliseconds = (text: string | undefined) => (text === undefined ? undefined : readDuration(text));
  const timeoutMs = milliseconds(given.timeout);
  const maxLateMs = milliseconds(given.max_late);
  const jitterMs = milliseconds(given.jitter);
  const retries = given.retries;
  for (const [key, value] of Object.entries(retries ?? {})) {
    if (value !== undefined)
      list.addJobValue([...path, 'retries', key], value, file.find([...path, 'retries', key])?.origin);
  }
  return {
    ...(given.enabled === undefined ? {} : { enabled: given.enabled }),
    ...(given.schedule === undefined ? {} : { schedule: given.schedule }),
    ...(given.timezone === undefined ? {} : { timezone: given.timezone }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(given.misfire === undefined ? {} : { misfire: given.misfire }),
    ...(maxLateMs === undefined ? {} : { maxLateMs }),
    ...(jitterMs === undefined ? {} : { jitterMs }),
    ...(retries === undefined
      ? {}
      : {
          retries: {
            count: retries.count ?? defaultRetries.count,
            waitMs: milliseconds(retries.wait) ?? defaultRetries.waitMs,
          },
        }),
    ...(given.alert_after === undefined ? {} : { alertAfter: given.alert_after }),
    ...(pingUrl === undefined ? {} : { pingUrl }),
    ...(url === undefined ? {} : { databaseUrl: url }),
    params,
    settings,
  };
}

/** `jobs.NAME` of the configuration file, for every registered job. */
export function readJobConfigs(
  jobs: readonly JobDefinition[],
  file: ConfigFile,
  /** Where relative paths in the file begin. */
  folder: string,
  list: EntryList,
  problems: Problem[],
  /** Database URLs that variables give, by the name of the variable; they go before the file. */
  variableUrls: ReadonlyMap<string, string>,
): Readonly<Record<string, JobConfig>> {
  return Object.fromEntries(
    jobs.map((job) => [job.name, jobConfig(job, file, folder, list, problems, variableUrls)]),
  );
}
