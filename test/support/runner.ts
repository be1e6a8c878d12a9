import { pino } from 'pino';
import { z } from 'zod';
import type { Config, JobConfig } from '../../src/config/config.ts';
import { Secrets } from '../../src/config/secrets.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { defineJob, type JobDefinition } from '../../src/job/define-job.ts';
import type { RunEnvironment } from '../../src/job/run-environment.ts';
import type { JsonObject } from '../../src/text/json.ts';
import { noProxies } from './no-proxies.ts';

/** A small real job; what it does is `run`. */
export function testJob(
  changes: Partial<Pick<JobDefinition, 'name' | 'schedule' | 'misfire' | 'timeout' | 'requires'>> & {
    readonly run?: JobDefinition['run'];
    readonly nothingEvaluated?: (result: JsonObject) => string | null;
    readonly checkParams?: NonNullable<JobDefinition['checkParams']>;
  } = {},
): JobDefinition {
  return defineJob({
    name: 'sweep',
    description: 'A job of the tests',
    schedule: '30 2 * * *',
    misfire: 'latest',
    timeout: '10m',
    requires: {},
    params: z.strictObject({ limit: z.coerce.number().int().min(1).optional(), area: z.string().optional() }),
    settings: z.strictObject({}),
    run: async () => ({ swept: 1 }),
    present: () => [],
    ...changes,
  });
}

const config: Omit<Config, 'database' | 'jobs'> = {
  timezone: 'Europe/Madrid',
  storedTimezone: undefined,
  logLevel: undefined,
  appBaseUrl: undefined,
  channels: {
    email: {
      ...{ server: 'localhost', port: 25, senderName: 'OpsDeck', starttls: 'required' },
      ...{ connections: 2, giveUpAfter: '48h' },
    },
  },
  delivery: { kind: 'live' },
  sourceSecrets: {},
  switchedOff: [],
  destinations: new Map(),
  postForms: new Map(),
  notifications: new Map(),
  allowPrivateDestinations: false,
  httpProxies: noProxies,
  schedules: 'own',
  concurrency: 8,
  shutdownGraceMs: 30_000,
  startPatienceMs: 0,
  keepHistoryMs: 90 * 86_400_000,
  headTo: undefined,
  timestampUrl: undefined,
  listen: undefined,
  listenToken: undefined,
  pagesProxy: undefined,
};

export interface TestEnvironment extends RunEnvironment {
  /** What was logged, by `event.action`. */
  logged(action: string): readonly Readonly<Record<string, unknown>>[];
  /** The whole log as text. */
  everything(): string;
}

/** A runner's surroundings around one database and some jobs. */
export function testEnvironment(
  database: OpenDatabase,
  definitions: readonly JobDefinition[],
  changes: Partial<RunEnvironment> & { readonly jobConfigs?: Readonly<Record<string, JobConfig>> } = {},
): TestEnvironment {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const logger = pino(
    { level: 'trace', base: null },
    { write: (line: string) => lines.push(z.record(z.string(), z.unknown()).parse(JSON.parse(line))) },
  );
  const { jobConfigs = {}, ...rest } = changes;
  return {
    database,
    config: { ...config, database: { kind: 'embedded', dataDir: '/nowhere' }, jobs: jobConfigs },
    zones: { business: 'Europe/Madrid', stored: database.storedZone },
    logger,
    secrets: new Secrets(),
    stop: new AbortController().signal,
    jobs: definitions,
    definitions,
    everything: () => lines.map((line) => JSON.stringify(line)).join('\n'),
    logged: (action) => lines.filter((line) => line['event.action'] === action),
    ...rest,
  };
}
