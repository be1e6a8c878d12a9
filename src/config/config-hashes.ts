import { createHash } from 'node:crypto';
import type { JobDefinition } from '../job/define-job.ts';
import type { Json, JsonObject } from '../text/json.ts';
import { routingOf } from './channel-values.ts';
import type { Config, JobConfig } from './config.ts';

/** By part of the configuration (`zone`, `routing`, `history`, `jobs.uar`), the hash of what must be equal on all hosts. */
export type ConfigHashes = Readonly<Record<string, string>>;

/**
 * What every host that runs the schedules must have in common. Not in it: where files are on a host, how many jobs it runs at
 * once, who listens where, and whether a new job starts enabled, which is kept in the database.
 */
export function configHashes(config: Config, definitions: readonly JobDefinition[]): ConfigHashes {
  const { timezone, storedTimezone, delivery, switchedOff, destinations, postForms, notifications } = config;
  const { headTo, timestampUrl } = config;
  const parts: Record<string, unknown> = {
    zone: [timezone, storedTimezone],
    routing: [
      delivery,
      [...switchedOff].sort(),
      [...destinations].sort(([a], [b]) => (a < b ? -1 : 1)),
      ...(postForms.size === 0 ? [] : [[...postForms].sort(([a], [b]) => (a < b ? -1 : 1))]),
      [...notifications].sort(([a], [b]) => (a < b ? -1 : 1)),
      ...routingOf(config.channels),
    ],
    history: config.keepHistoryMs,
    ...(headTo === undefined && timestampUrl === undefined
      ? {}
      : { record: timestampUrl === undefined ? headTo : [headTo, timestampUrl] }),
  };
  for (const definition of definitions) {
    const own = config.jobs[definition.name];
    if (own !== undefined) parts[`jobs.${definition.name}`] = commonPart(definition, own);
  }
  return Object.fromEntries(Object.entries(parts).map(([part, value]) => [part, hashOf(value)]));
}

function commonPart(definition: JobDefinition, own: JobConfig): unknown {
  const { enabled: _, pingUrl: __, databaseUrl: ___, settings: ____, ...rest } = own;
  return { ...rest, settings: commonSettings(definition, own) };
}

/** Without paths, which are a matter of the host. */
export function commonSettings(definition: JobDefinition, { settings }: JobConfig): JsonObject {
  const common = Object.entries(settings).filter(
    ([name]) => definition.settings.shape[name]?.meta()?.['format'] !== 'path',
  );
  return Object.fromEntries(common);
}

/** Independent of the order in which a file names things. */
export function hashOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value, (_key, one: Json) => sorted(one)) ?? 'null')
    .digest('hex')
    .slice(0, 16);
}

function sorted(value: Json): Json {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
