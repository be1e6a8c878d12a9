import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Config, JobConfig } from '../../src/config/config.ts';
import { runSettings } from '../../src/config/run-settings.ts';
import { Secrets } from '../../src/config/secrets.ts';
import { defineJob } from '../../src/job/define-job.ts';
import { noProxies } from '../support/no-proxies.ts';

const job = defineJob({
  name: 'sweep',
  description: 'A job of the tests',
  schedule: '30 2 * * *',
  misfire: 'latest',
  timeout: '10m',
  requires: {},
  params: z.strictObject({}),
  settings: z.strictObject({
    days: z.int().default(30),
    folder: z.string().default('in').meta({ format: 'path' }),
  }),
  run: async () => ({}),
  present: () => [],
});

const own: JobConfig = { params: {}, settings: { days: 30, folder: '/srv/in' } };

const base: Config = {
  ...{ database: { kind: 'embedded', dataDir: '/a' }, timezone: 'Europe/Madrid', storedTimezone: undefined },
  ...{ logLevel: 'info', appBaseUrl: undefined, channels: {}, sourceSecrets: {}, delivery: { kind: 'live' } },
  ...{ switchedOff: [], destinations: new Map([['ops', { slack: 'https://hooks.example.com/s3cret-one' }]]) },
  ...{ postForms: new Map(), notifications: new Map(), allowPrivateDestinations: false },
  ...{ httpProxies: noProxies, schedules: 'own', concurrency: 8, shutdownGraceMs: 1, startPatienceMs: 1 },
  ...{
    keepHistoryMs: 90 * 86_400_000,
    headTo: undefined,
    timestampUrl: undefined,
    listen: undefined,
    listenToken: undefined,
    pagesProxy: undefined,
  },
  jobs: { sweep: own },
};

const of = (config: Config) => runSettings(config, job, (text) => new Secrets(['pa55word']).scrub(text));
const withJob = (changes: Partial<JobConfig>): Config => ({
  ...base,
  jobs: { sweep: { ...own, ...changes } },
});

it('has what the run is configured with, by the names of config show', () => {
  expect(of(base).content).toEqual({
    TIMEZONE: 'Europe/Madrid',
    OPSDECK_JOBS_DELIVERY: 'live',
    OPSDECK_JOBS_KEEP_HISTORY: '90d',
    'destinations.ops.slack': expect.stringMatching(/^set \([0-9a-f]{8}\)$/),
    'jobs.sweep.schedule': '30 2 * * *',
    'jobs.sweep.timeout': '10m',
    'jobs.sweep.misfire': 'latest',
    'jobs.sweep.settings.days': 30,
  });
});

const otherHost: readonly (readonly [string, Config])[] = [
  ['the folder of the data', { ...base, database: { kind: 'embedded', dataDir: '/b' } }],
  ['the log level', { ...base, logLevel: 'debug' }],
  ['where it listens', { ...base, listen: { host: '127.0.0.1', port: 1 } }],
  ['how many jobs run at once', { ...base, concurrency: 2 }],
  ['a path', withJob({ settings: { days: 30, folder: '/other' } })],
  ['the URL of the database', withJob({ databaseUrl: 'postgresql://x:y@z/w' })],
  ['the ping address', withJob({ pingUrl: 'https://ping.example.com/1' })],
  ['the settings of another job', { ...base, jobs: { ...base.jobs, other: own } }],
];

it.each(otherHost)('is the same where %s is another one', (_, config) => {
  expect(of(config)).toEqual(of(base));
});

const changed: readonly (readonly [string, Config])[] = [
  ['jobs.sweep.settings.days', withJob({ settings: { days: 60, folder: '/srv/in' } })],
  ['jobs.sweep.timeout', withJob({ timeoutMs: 61_001 })],
  ['jobs.sweep.schedule', withJob({ schedule: '@daily' })],
  ['OPSDECK_JOBS_DELIVERY', { ...base, delivery: { kind: 'redirect', address: 'test@example.org' } }],
  ['channels.email', { ...base, switchedOff: ['email'] }],
  [
    'destinations.ops.slack',
    { ...base, destinations: new Map([['ops', { slack: 'https://hooks.example.com/s3cret-two' }]]) },
  ],
];

it.each(changed)('differs in %s alone', (name, config) => {
  const [before, after] = [of(base), of(config)];
  const keys = [...new Set([...Object.keys(before.content), ...Object.keys(after.content)])];
  expect(keys.filter((key) => before.content[key] !== after.content[key])).toEqual([name]);
  expect(after.hash).not.toBe(before.hash);
});

it('shows no secret, also where one stands in a setting by mistake', () => {
  const config = withJob({ params: { note: ['login with pa55word', { pin: 'pa55word' }] } });
  const text = JSON.stringify(of(config));
  expect(text).not.toContain('s3cret');
  expect(text).not.toContain('pa55word');
  expect(text).toContain('login with [secret]');
});
