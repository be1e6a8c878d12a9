import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { outboxGauges } from '../../jobs/communications/gauges.ts';
import { jobs as programJobs } from '../../jobs/index.ts';
import { metrics } from '../../src/cli/actions/metrics.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/open-migrated.ts';
import { decideJob } from '../../src/job/job-decisions.ts';
import { pruneHistory } from '../../src/job/prune-history.ts';
import { registerJobs } from '../../src/job/register-jobs.ts';
import { readMetrics } from '../../src/metrics/read-metrics.ts';
import { renderMetrics } from '../../src/metrics/render-metrics.ts';
import type { Channel } from '../../src/notify/channels/names.ts';
import { noteTrouble } from '../../src/notify/outbox/channel-trouble.ts';
import { reportRunner } from '../../src/scheduler/runners.ts';
import type { Clock } from '../../src/time/clock.ts';
import { onEachDatabase, onPostgres } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { addHistory } from '../support/history-rows.ts';
import { memoryIo } from '../support/memory-io.ts';
import { environmentFor } from '../support/program-database.ts';
import {
  checkWithPromtool,
  hasPromtool,
  parsePrometheusText,
  sampleValue,
} from '../support/prometheus-text.ts';
import { testEnvironment, testJob } from '../support/runner.ts';
import { startStatementCounter } from '../support/statement-counter.ts';

const monitoringFolder = fileURLToPath(new URL('../../docs/monitoring', import.meta.url));
const now = new Date('2026-11-24T12:00:00Z');
const ago = (ms: number) => new Date(now.getTime() - ms);
const dayMs = 86_400_000;
const job = testJob({ schedule: '0 9 * * 1' });
const other = testJob({ name: 'other', schedule: 'every 5 minutes' });

async function begin(fresh: (options: { clock: Clock }) => Promise<OpenDatabase>) {
  const clock = fakeClock(now.toISOString());
  const database = await fresh({ clock });
  const environment = testEnvironment(database, [job, other], { jobs: [...programJobs, job, other] });
  await registerJobs(database, environment.config, [job, other]);
  const text = async () =>
    renderMetrics({ snapshot: await readMetrics(database.db, environment), loop: undefined });
  const samples = async () => parsePrometheusText(await text());
  return { clock, database, environment, text, samples };
}

async function addOutbox({ db }: OpenDatabase): Promise<void> {
  await sql`
    insert into scheduled_communication
      (id, status, scheduled_date, target_type, target_id, channel, created_at, next_retry_at)
    values (1, 'pending', '2026-11-24', 'license', 1, 'email', '2026-11-24 09:00', null),
           (2, 'pending', '2026-12-24', 'onboarding', 1, 'email', '2026-11-01 09:00', null),
           (3, 'pending', '2026-11-24', 'x', 1, 'slack', '2026-11-24 11:00', '9999-01-01'),
           (4, 'sent', '2026-01-01', 'x', 1, 'email', '2026-01-01 00:00', null),
           (5, 'pending', '2026-01-01', 'x', 1, 'slack', '2026-01-01 00:00', '9999-01-01')`.execute(db);
  await sql`
    insert into opsdeck_jobs.message (communication_id, run_id, job, event_code, channel, destination, dedupe_key,
                                      context, created_at, due_at, state)
    select id, gen_random_uuid(), 'sweep', 'X', 'slack', 'ops', id::text, '{}', ${now}::timestamptz, due_at, state
      from (values (3, ${ago(7_200_000)}::timestamptz, 'queued'), (5, ${ago(30 * dayMs)}::timestamptz, 'held'))
        as m(id, due_at, state)`.execute(db);
}

onEachDatabase((harness) => {
  describe('the metrics of a database', () => {
    it('count runs by job and status, and how long and how late they were', async () => {
      const { database, samples } = await begin(harness.fresh);
      await addHistory(database, [
        { startedAt: ago(3000), durationMs: 80, lateMs: 90 },
        { startedAt: ago(2000), durationMs: 400, lateMs: 700 },
        { startedAt: ago(1000), status: 'failed', durationMs: 10_000_000, lateMs: 400 },
        { startedAt: ago(500), status: 'missed', durationMs: 0, standsFor: 3 },
        { startedAt: ago(100), status: 'running', durationMs: null },
      ]);
      const found = await samples();
      const runs = (name: string, status: string) => sampleValue(found, 'runs_total', { job: name, status });
      expect([runs('sweep', 'succeeded'), runs('sweep', 'failed'), runs('sweep', 'missed')]).toEqual([
        2, 1, 3,
      ]);
      // A rate can be taken from the first run on.
      expect([runs('other', 'succeeded'), runs('other', 'failed'), runs('other', 'missed')]).toEqual([
        0,
        0,
        undefined,
      ]);
      const duration = (le: string, status = 'succeeded') =>
        sampleValue(found, 'run_duration_seconds_bucket', { job: 'sweep', status, le });
      expect([duration('0.1'), duration('0.5'), duration('1'), duration('+Inf')]).toEqual([1, 2, 2, 2]);
      expect([duration('3600', 'failed'), duration('+Inf', 'failed')]).toEqual([0, 1]);
      expect(sampleValue(found, 'run_duration_seconds_sum', { status: 'succeeded' })).toBe(0.48);
      expect(sampleValue(found, 'run_duration_seconds_count', { status: 'succeeded' })).toBe(2);
      const late = (le: string) => sampleValue(found, 'run_lateness_seconds_bucket', { job: 'sweep', le });
      expect([late('0.1'), late('0.25'), late('0.5'), late('1'), late('+Inf')]).toEqual([1, 1, 2, 3, 3]);
      expect(sampleValue(found, 'run_lateness_seconds_sum')).toBe(1.19);
      expect(sampleValue(found, 'job_running', { job: 'sweep' })).toBe(1);
      expect(sampleValue(found, 'job_running', { job: 'other' })).toBe(0);
    });

    it('no counter goes down when the history is pruned', async () => {
      const { database, text } = await begin(harness.fresh);
      await addHistory(
        database,
        Array.from({ length: 20 }, (_, index) => ({
          startedAt: ago((100 + index) * dayMs),
          status: index % 3 === 0 ? ('failed' as const) : ('succeeded' as const),
          durationMs: index * 1000,
          lateMs: index * 500,
        })),
      );
      const before = await text();
      expect(
        await pruneHistory(database.db, {
          jobs: [],
          keepMs: 90 * dayMs,
          now,
          zone: 'Europe/Madrid',
          batch: 7,
        }),
      ).toEqual({ removed: 12, shortened: 6 });
      expect(await text()).toBe(before);
    });

    it('show when a job last succeeded and when it runs next; a firing without a decision is in the past', async () => {
      const { clock, database, samples } = await begin(harness.fresh);
      await addHistory(database, [{ startedAt: ago(5000) }, { startedAt: ago(1000), status: 'failed' }]);
      const jobs = async (name: string) => sampleValue(await samples(), name, { job: 'sweep' });
      expect(await jobs('job_last_success_timestamp_seconds')).toBe(ago(5000).getTime() / 1000);
      const next = Date.parse('2026-11-30T08:00:00Z') / 1000;
      expect(await jobs('job_next_run_timestamp_seconds')).toBe(next);
      clock.set('2026-12-02T00:00:00Z');
      expect(await jobs('job_next_run_timestamp_seconds')).toBe(next);
      expect(await jobs('job_scheduled')).toBe(1);
      const until = new Date('2026-12-14T08:00:00Z');
      await decideJob(database, 'sweep', { action: 'pause', until, reason: null }, 'ana@example.org');
      expect(await jobs('job_next_run_timestamp_seconds')).toBe(until.getTime() / 1000);
      expect(await jobs('job_scheduled')).toBe(0);
      await decideJob(database, 'sweep', { action: 'disable' }, 'ana@example.org');
      expect(await jobs('job_next_run_timestamp_seconds')).toBeUndefined();
    });

    it('export nothing of what has not happened yet, rather than a zero', async () => {
      const { database, samples } = await begin(harness.fresh);
      await sql`update opsdeck_jobs.job_state set enabled = false`.execute(database.db);
      const names = new Set((await samples()).map(({ name }) => name.replace(/^opsdeck_jobs_/, '')));
      expect([...names].sort()).toEqual([
        'build_info',
        'daemons',
        'database_up',
        'job_running',
        'job_scheduled',
        'open_findings',
        'outbox_channel_due_messages',
        'outbox_channel_failing',
        'outbox_messages',
        'outbox_oldest_due_age_seconds',
        'outbox_put_off_messages',
        'overdue_findings',
        'runs_total',
      ]);
    });

    it('show which channels fail: not one that is switched off', async () => {
      const { clock, database } = await begin(harness.fresh);
      const trouble = { code: 'login_refused', reason: '535 no', next: null };
      await noteTrouble(database.db, 'email', trouble, clock.now());
      const failing = async (off: readonly Channel[]) => {
        const moment = { zones: { business: 'UTC', stored: 'UTC' }, now: clock.now(), off };
        const gauges = await outboxGauges.read(database.db, moment);
        const values = gauges.find(({ name }) => name === 'outbox_channel_failing')?.values ?? [];
        return values.filter(([, value]) => value === 1).map(([{ channel }]) => channel);
      };
      expect(await failing([])).toEqual(['email']);
      expect(await failing(['email'])).toEqual([]);
    });

    it('show whether anything looks after the schedules', async () => {
      const { database, samples } = await begin(harness.fresh);
      expect(sampleValue(await samples(), 'daemons')).toBe(0);
      await reportRunner(database, 'daemon:1', 'daemon', null, {}, []);
      await reportRunner(database, 'daemon:2', 'daemon', null, {}, []);
      await sql`update opsdeck_jobs.runner set seen_at = now() - interval '61 seconds' where id = 'daemon:1'`.execute(
        database.db,
      );
      const found = await samples();
      expect(sampleValue(found, 'daemons')).toBe(1);
      expect(sampleValue(found, 'scheduler_last_seen_timestamp_seconds', { kind: 'daemon' })).toBeGreaterThan(
        0,
      );
      expect(sampleValue(found, 'scheduler_last_seen_timestamp_seconds', { kind: 'timer' })).toBeUndefined();
    });

    it('a stored zone that does not exist costs that job its next run, and nothing of the page', async () => {
      const { database, samples } = await begin(harness.fresh);
      await sql`update opsdeck_jobs.job_state set timezone = 'Moon/Base' where job = 'sweep'`.execute(
        database.db,
      );
      const found = await samples();
      expect(sampleValue(found, 'job_next_run_timestamp_seconds', { job: 'sweep' })).toBeUndefined();
      expect(sampleValue(found, 'job_next_run_timestamp_seconds', { job: 'other' })).toBeGreaterThan(0);
    });

    it('a stored schedule that cannot be read costs that job its next run, and nothing of the page', async () => {
      const { database, samples } = await begin(harness.fresh);
      await sql`update opsdeck_jobs.job_state set schedule = 'at noon' where job = 'sweep'`.execute(
        database.db,
      );
      const found = await samples();
      expect(sampleValue(found, 'job_next_run_timestamp_seconds', { job: 'sweep' })).toBeUndefined();
      expect(sampleValue(found, 'job_next_run_timestamp_seconds', { job: 'other' })).toBeGreaterThan(0);
    });

    it('measure the outbox: rows of OpsDeck by day and creation, parked rows by when they are due', async () => {
      const { database, samples } = await begin(harness.fresh);
      expect(sampleValue(await samples(), 'outbox_oldest_due_age_seconds')).toBe(0);
      await addOutbox(database);
      const found = await samples();
      expect(sampleValue(found, 'outbox_messages', { state: 'due' })).toBe(2);
      expect(sampleValue(found, 'outbox_messages', { state: 'later' })).toBe(1);
      // An operator decides about it: it is not late for anybody to send.
      expect(sampleValue(found, 'outbox_messages', { state: 'held' })).toBe(1);
      // 09:00 in the stored zone is three hours ago, the parked row two.
      const stored = await sql<{ at: Date }>`
        select timestamp '2026-11-24 09:00' at time zone ${database.storedZone}::text as at`.execute(
        database.db,
      );
      const oldest = Math.min(stored.rows[0]?.at.getTime() ?? 0, ago(7_200_000).getTime());
      expect(sampleValue(found, 'outbox_oldest_due_age_seconds')).toBe((now.getTime() - oldest) / 1000);
    });

    it('count open findings by severity; where there is no such table the metric is left out', async () => {
      const { database, samples } = await begin(harness.fresh);
      await sql`
        with c as (
          insert into uar_comparison (name, source_a_type, source_b_type, key_field_a, key_field_b)
          values ('HR', 'JSON', 'JSON', 'email', 'email') returning id),
        e as (insert into uar_execution (comparison_id) select id from c returning id)
        insert into uar_finding (execution_id, finding_type, severity, status)
        select e.id, 'Mismatch', f.*
          from e, (values ('high', 'open'), ('high', 'open'), ('critical', 'resolved'), (null, 'open')) as f`.execute(
        database.db,
      );
      const found = await samples();
      const findings = (severity: string) => sampleValue(found, 'open_findings', { severity });
      expect([findings('critical'), findings('high'), findings('low'), findings('unknown')]).toEqual([
        0, 2, 0, 1,
      ]);
      await sql`drop table uar_finding`.execute(database.db);
      expect(sampleValue(await samples(), 'open_findings', { severity: 'high' })).toBeUndefined();
    });

    it.skipIf(!hasPromtool)(
      'satisfy promtool, and have the names of the alert rules and the dashboard',
      async () => {
        const { database, environment } = await begin(harness.fresh);
        await addOutbox(database);
        await addHistory(database, [{ startedAt: ago(3000), lateMs: 90 }]);
        await reportRunner(database, 'daemon:1', 'daemon', null, {}, []);
        const loop = {
          startedAt: now,
          lastTickAgeMs: () => 1500,
          database: () => ({ reachable: true, since: now, error: null }),
          running: () => 0,
          stopping: () => false,
        };
        const text = await renderMetrics({ snapshot: await readMetrics(database.db, environment), loop });
        expect(checkWithPromtool(text)).toBe('');
        const exported = parsePrometheusText(text).map(({ name }) => name);
        for (const file of ['alerts.yaml', 'grafana.json']) {
          const used =
            (await readFile(join(monitoringFolder, file), 'utf8')).match(/opsdeck_jobs_[a-z_]+/g) ?? [];
          expect(used.filter((name) => !exported.includes(name))).toEqual([]);
        }
      },
    );
  });

  describe('metrics, the command', () => {
    let folder: string;
    let umask: number;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-metrics-'));
      umask = process.umask(0o077);
    });
    afterEach(async () => {
      process.umask(umask);
      await rm(folder, { recursive: true, force: true });
    });

    it('prints the text alone; --textfile writes the same for every user to read, and leaves nothing beside it', async () => {
      const config = await harness.config();
      const printed = memoryIo({ env: environmentFor(config), cwd: folder });
      expect(await metrics(printed.io, {}, {})).toBe(0);
      expect(sampleValue(parsePrometheusText(printed.stdout()), 'database_up')).toBe(1);
      const written = memoryIo({ env: environmentFor(config), cwd: folder });
      expect(await metrics(written.io, {}, { textfile: 'opsdeck-jobs.prom' })).toBe(0);
      expect(written.stdout()).toBe('');
      const families = (text: string) => text.split('\n').filter((line) => line.startsWith('# '));
      const text = await readFile(join(folder, 'opsdeck-jobs.prom'), 'utf8');
      expect(families(text)).toEqual(families(printed.stdout()));
      expect((await stat(join(folder, 'opsdeck-jobs.prom'))).mode & 0o777).toBe(0o644);
      expect(await readdir(folder)).toEqual(['opsdeck-jobs.prom']);
    });

    it('a file that cannot be written is an error that names the option', async () => {
      const config = await harness.config();
      const { io } = memoryIo({ env: environmentFor(config), cwd: folder });
      await expect(metrics(io, {}, { textfile: 'none/x.prom' })).rejects.toMatchObject({
        code: 'output_not_writable',
        next: 'Give --textfile another file.',
      });
    });
  });
});

onPostgres((harness) => {
  it('as many statements for many jobs as for one', async () => {
    const config = await harness.config();
    const counter = await startStatementCounter(config.kind === 'postgres' ? config.url : '');
    onTestFinished(() => counter.close());
    const database = await openDatabase(
      { kind: 'postgres', url: counter.url },
      { applicationName: 'opsdeck-jobs tests', waitMs: 0, storedTimezone: undefined },
    );
    const counts: number[] = [];
    try {
      for (const number of [1, 100]) {
        const definitions = Array.from({ length: number }, (_, index) => testJob({ name: `job-${index}` }));
        const environment = testEnvironment(database, definitions, {
          jobs: [...programJobs, ...definitions],
        });
        await registerJobs(database, environment.config, definitions);
        await addHistory(
          database,
          definitions.map(({ name }) => ({ job: name, startedAt: now })),
        );
        counter.take();
        expect((await readMetrics(database.db, environment)).jobs).toHaveLength(number);
        counts.push(counter.take());
      }
    } finally {
      await database.close();
    }
    expect(counts[0]).toBeLessThanOrEqual(8);
    expect(counts[1]).toBe(counts[0]);
  });

  it('a role that may not read a table loses its metric, not the page', async () => {
    const { database, environment, samples } = await begin(harness.fresh);
    const role = `metrics_${process.pid}`;
    await addOutbox(database);
    await sql.raw(`create role ${role}`).execute(database.db);
    try {
      await sql.raw(`grant usage on schema public, opsdeck_jobs to ${role}`).execute(database.db);
      await sql
        .raw(`grant select on opsdeck_jobs.job_run, opsdeck_jobs.job_state, opsdeck_jobs.message to ${role}`)
        .execute(database.db);
      await sql.raw(`grant select (severity, status) on uar_finding to ${role}`).execute(database.db);
      const found = await database.db.connection().execute(async (db) => {
        await sql.raw(`set role ${role}`).execute(db);
        try {
          const snapshot = await readMetrics(db, environment);
          return parsePrometheusText(await renderMetrics({ snapshot, loop: undefined }));
        } finally {
          await sql`reset role`.execute(db);
        }
      });
      expect(sampleValue(found, 'outbox_messages', { state: 'due' })).toBeUndefined();
      expect(sampleValue(found, 'runs_total', { job: 'sweep', status: 'failed' })).toBeUndefined();
      expect(sampleValue(found, 'open_findings', { severity: 'high' })).toBe(0);
      expect(sampleValue(found, 'job_running', { job: 'sweep' })).toBe(0);
      expect(sampleValue(await samples(), 'outbox_messages', { state: 'due' })).toBe(2);
    } finally {
      await sql.raw(`drop owned by ${role}`).execute(database.db);
      await sql.raw(`drop role ${role}`).execute(database.db);
    }
  });
});

it.skipIf(!hasPromtool)('the alert rules satisfy promtool, and fire as their tests have it', () => {
  const check = (...args: readonly string[]) =>
    spawnSync('promtool', [...args], { cwd: monitoringFolder, encoding: 'utf8' });
  expect(check('check', 'rules', 'alerts.yaml')).toMatchObject({ status: 0, stderr: '' });
  expect(check('test', 'rules', 'alerts.test.yaml')).toMatchObject({ status: 0 });
});
