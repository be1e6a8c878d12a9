import { tzOffset } from '@date-fns/tz/tzOffset';
import { Deployment } from 'kubernetes-models/apps/v1';
import { CronJob } from 'kubernetes-models/batch/v1';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { generateKubernetes } from '../../src/cli/actions/generate-kubernetes.ts';
import { type ContainerSettings, cronJobs, daemonDeployment } from '../../src/generate/kubernetes.ts';
import { onPostgres } from '../support/databases.ts';
import { memoryIo } from '../support/memory-io.ts';
import { before, dueIn, from, jobOf, now, type Printed, readCron, schedules } from './walked-calendars.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const settings: ContainerSettings = {
  image: 'registry.example/opsdeck-jobs:1',
  namespace: undefined,
  environment: [{ name: 'TIMEZONE', value: 'Europe/Berlin' }],
  secrets: ['DATABASE_URL'],
  configFile: '/srv/opsdeck-jobs.json',
};

/** Objects of which the schema of Kubernetes knows each field. */
function readCronJobs(text: string): readonly CronJob[] {
  const read = parseAllDocuments(text).flatMap((one) => {
    const value: unknown = one.toJS();
    return value === null ? [] : [new CronJob(value as ConstructorParameters<typeof CronJob>[0])];
  });
  for (const one of read) one.validate();
  return read;
}

/** Instants of the year at which one is started, days on which the clock changes apart. */
function startedIn(calendars: readonly Printed[]): ReadonlySet<number> {
  const started = new Set<number>();
  for (const { zone, times, fits } of calendars) {
    for (let day = from - dayMs; day <= before; day += dayMs) {
      const wall = new Date(day);
      if (!fits(wall.getUTCMonth() + 1, wall.getUTCDate(), wall.getUTCDay())) continue;
      const offset = tzOffset(zone, new Date(day + dayMs / 2)) * minuteMs;
      for (const time of times) {
        const at = day + time * minuteMs - offset;
        if (at >= from && at < before) started.add(at);
      }
    }
  }
  return started;
}

function isNearChange(zone: string, at: number): boolean {
  return tzOffset(zone, new Date(at - dayMs)) !== tzOffset(zone, new Date(at + dayMs));
}

/** Of schedules with instants by the ten thousand, one in one zone is enough. */
const cases = schedules
  .filter(([schedule]) => schedule !== '*/15 * * * *')
  .flatMap(([schedule, exact]) =>
    (/^every|^@hourly/.test(schedule) ? ['UTC'] : ['Europe/Berlin', 'America/St_Johns']).map(
      (zone) => [schedule, zone, exact] as const,
    ),
  );

describe('a CronJob starts its job when the job is due, and at no other time, days on which the clock changes apart', () => {
  it.each(cases)('%s in %s', (schedule, zone, exact) => {
    const job = jobOf(schedule, zone);
    if (!exact) {
      expect(() => cronJobs([job], settings, 30_000, now)).toThrow(
        expect.objectContaining({ code: 'schedule_not_possible', exitCode: 2 }),
      );
      return;
    }
    const read = readCronJobs(cronJobs([job], settings, 30_000, now));
    const calendars = read.map(({ spec }) => readCron(spec?.schedule ?? '', spec?.timeZone ?? ''));
    const away = (at: number) => !isNearChange(zone, at);
    const started = [...startedIn(calendars)].filter(away).sort((a, b) => a - b);
    expect(started).toEqual(dueIn(job).filter(away));
  });
});

it('is late by a day at most, and never by so much that Kubernetes gives the CronJob up', () => {
  const deadline = (schedule: string) =>
    readCronJobs(cronJobs([jobOf(schedule, 'UTC')], settings, 30_000, now))[0]?.spec?.startingDeadlineSeconds;
  expect([deadline('*/5 * * * *'), deadline('0 9 * * 1'), deadline('* * * * *')]).toEqual([
    27_000, 86_400, 5400,
  ]);
});

it('warns where the clock of the zone changes, and only there', () => {
  const text = (zone: string) => cronJobs([jobOf('30 2 * * *', zone)], settings, 30_000, now);
  expect(text('Europe/Berlin')).toContain(
    '# Kubernetes starts nothing at a time that a day of Europe/Berlin',
  );
  expect(text('Asia/Kolkata')).not.toContain('Kubernetes starts nothing');
});

it('gives a long name of a job a short one of its own', () => {
  const job = jobOf('30 2 * * *', 'UTC');
  const named = (name: string) => ({ ...job, definition: { ...job.definition, name } });
  const long = 'a-check-of-everything-that-our-company-has-promised';
  const names = readCronJobs(cronJobs([named(`${long}-a`), named(`${long}-b`)], settings, 30_000, now)).map(
    ({ metadata }) => metadata?.name ?? '',
  );
  expect(new Set(names).size).toBe(2);
  for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9-]{0,50}[a-z0-9]$/);
});

it('daemons are asked by the program itself whether they are well', () => {
  const [read] = parseAllDocuments(daemonDeployment({ ...settings, namespace: 'it' }, 45_000));
  const deployment = new Deployment(read?.toJS());
  deployment.validate();
  const pod = deployment.spec?.template.spec;
  expect(deployment.metadata?.namespace).toBe('it');
  expect(pod?.terminationGracePeriodSeconds).toBe(75);
  expect(pod?.containers[0]?.livenessProbe?.exec?.command).toEqual(
    expect.arrayContaining(['--probe', 'health', '127.0.0.1:9464']),
  );
  expect(pod?.containers[0]?.securityContext).toMatchObject({
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
  });
});

onPostgres((harness) => {
  it('prints a CronJob for each job, with names of secrets and no secret', async () => {
    const config = await harness.config();
    const url = config.kind === 'postgres' ? config.url : '';
    const env = {
      DATABASE_URL: url,
      TIMEZONE: 'Europe/Berlin',
      SMTP_HOST: 'mail.example',
      EMAIL_PASSWORD: 'quite-a-secret',
    };
    const memory = memoryIo({ env });
    expect(await generateKubernetes(memory.io, {}, { image: 'opsdeck-jobs:1' })).toBe(0);
    const text = memory.stdout();
    expect(text).not.toContain('quite-a-secret');
    expect(text).not.toContain(url);
    expect(text).toContain(
      '#   kubectl create secret generic opsdeck-jobs --from-file=DATABASE_URL=FILE --from-file=EMAIL_PASSWORD=FILE\n',
    );
    const names = readCronJobs(text).map(({ metadata }) => metadata?.name);
    expect(names).toEqual(expect.arrayContaining(['opsdeck-jobs-communications', 'opsdeck-jobs-uar']));
    const container = readCronJobs(text)[0]?.spec?.jobTemplate.spec?.template.spec?.containers[0];
    expect(container?.env).toEqual(
      expect.arrayContaining([
        { name: 'TIMEZONE', value: 'Europe/Berlin' },
        { name: 'EMAIL_PASSWORD_FILE', value: '/run/secrets/opsdeck-jobs/EMAIL_PASSWORD' },
      ]),
    );
  });
});

it('refuses an embedded database', async () => {
  await expect(
    generateKubernetes(
      memoryIo({ env: { OPSDECK_JOBS_DATA_DIR: '/nonexistent/data' } }).io,
      {},
      { daemon: true },
    ),
  ).rejects.toMatchObject({ code: 'needs_database_url', exitCode: 2 });
});
