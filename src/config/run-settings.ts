import type { JobDefinition } from '../job/define-job.ts';
import { recipientText } from '../notify/event-routing.ts';
import type { Json, JsonObject } from '../text/json.ts';
import { channelVariables } from './channel-settings.ts';
import type { Config, JobConfig } from './config.ts';
import { commonSettings, hashOf } from './config-hashes.ts';

/** What a run is configured with, by the names of `config show`; no secret is in it, and nothing that may differ between hosts. */
export interface RunSettings {
  readonly hash: string;
  readonly content: JsonObject;
}

/**
 * What {@link configHashes} is about, of one job, as it can be shown. Of a secret there is that it is set, and eight characters of its
 * hash: that alerts go elsewhere is a change, where to is nobody's business.
 *
 * @param scrub takes secrets out of what stands in settings by mistake.
 */
export function runSettings(
  config: Config,
  definition: JobDefinition,
  scrub: (text: string) => string,
): RunSettings {
  const own = config.jobs[definition.name];
  const content = Object.fromEntries(
    [...ofProgram(config), ...(own === undefined ? [] : ofJob(definition, own))]
      .flatMap(([name, value]) => (value === undefined ? [] : [[name, scrubbed(value, scrub)] as const]))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  return { hash: hashOf(content), content };
}

type Entry = readonly [name: string, value: Json | undefined];

function ofProgram(config: Config): readonly Entry[] {
  const { delivery } = config;
  const routes = channelVariables.filter(({ setting }) => setting.secret && setting.routes === true);
  return [
    ['TIMEZONE', config.timezone],
    ['OPSDECK_JOBS_STORED_TIMEZONE', config.storedTimezone],
    ['OPSDECK_JOBS_DELIVERY', delivery.kind === 'redirect' ? `redirect:${delivery.address}` : delivery.kind],
    ['OPSDECK_JOBS_KEEP_HISTORY', exactDuration(config.keepHistoryMs)],
    ['OPSDECK_JOBS_HEAD_TO', config.headTo],
    ['OPSDECK_JOBS_TIMESTAMP_URL', config.timestampUrl],
    ...config.switchedOff.map((channel): Entry => [`channels.${channel}`, 'off']),
    ...routes.map(({ channel, key, variable }): Entry => {
      const value = config.channels[channel]?.[key];
      return [variable.name, value === undefined ? undefined : setAs(value)];
    }),
    ...[...config.destinations].flatMap(([name, addresses]) =>
      Object.entries(addresses).map(
        ([channel, url]): Entry => [`destinations.${name}.${channel}`, setAs(url)],
      ),
    ),
    ...[...config.postForms].map(([name, form]): Entry => [`destinations.${name}.body`, setAs(form)]),
    ...[...config.notifications].flatMap(([code, { channels, recipients, destination }]): Entry[] => [
      [`notifications.${code}.channels`, channels],
      [`notifications.${code}.recipients`, recipients?.map(recipientText)],
      [
        `notifications.${code}.destination`,
        destination?.kind === 'place' ? destination.place : destination?.name,
      ],
    ]),
  ];
}

function ofJob(definition: JobDefinition, own: JobConfig): readonly Entry[] {
  const at = (key: string) => `jobs.${definition.name}.${key}`;
  const duration = (milliseconds: number | undefined) =>
    milliseconds === undefined ? undefined : exactDuration(milliseconds);
  return [
    [at('schedule'), own.schedule ?? definition.schedule],
    [at('timezone'), own.timezone],
    [at('timeout'), duration(own.timeoutMs) ?? definition.timeout],
    [at('misfire'), own.misfire ?? definition.misfire],
    [at('max_late'), duration(own.maxLateMs)],
    [at('jitter'), duration(own.jitterMs)],
    [at('retries.count'), own.retries?.count],
    [at('retries.wait'), duration(own.retries?.waitMs)],
    [at('alert_after'), own.alertAfter],
    ...Object.entries(own.params).map(([key, value]): Entry => [at(`params.${key}`), value]),
    ...Object.entries(commonSettings(definition, own)).map(
      ([key, value]): Entry => [at(`settings.${key}`), value],
    ),
  ];
}

const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;

/** Nothing is rounded: two durations that differ are two values. */
function exactDuration(milliseconds: number): string {
  const [unit, size] = Object.entries(units).find(([, one]) => milliseconds % one === 0) ?? ['ms', 1];
  return `${milliseconds / size}${unit}`;
}

function setAs(secret: unknown): string {
  return `set (${hashOf(secret).slice(0, 8)})`;
}

function scrubbed(value: Json, scrub: (text: string) => string): Json {
  if (typeof value === 'string') return scrub(value);
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map((one) => scrubbed(one, scrub));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, scrubbed(one, scrub)]));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
