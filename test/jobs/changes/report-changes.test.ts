import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { reportChanges } from '../../../jobs/changes/commands/report-changes.action.ts';
import { changesReport } from '../../../jobs/changes/report/present.ts';
import { readChanges } from '../../../jobs/changes/report/read.ts';
import { renderText } from '../../../src/cli/render/text.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { decideJob } from '../../../src/job/job-decisions.ts';
import { type ManualRequest, runManually } from '../../../src/job/run-manually.ts';
import { commandLine } from '../../support/command-line.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { type TestEnvironment, testEnvironment, testJob } from '../../support/runner.ts';
import { recordSnapshot } from '../compliance-drift/commands/drift-history.ts';

const [sweep, scan] = [testJob(), testJob({ name: 'scan' })];
const period = {
  ...{ from: new Date('2026-03-02T00:00:00Z'), to: new Date('2026-03-09T00:00:00Z') },
  ...{ days: 7, words: 'last 7 days' },
};

interface Run {
  readonly at: string;
  readonly host: string;
  readonly job?: typeof sweep;
  readonly days?: number;
  readonly timezone?: string;
  readonly hook?: string;
  readonly version?: string;
}

/** Runs as hosts have made them: only the name of the host and the version are put in afterwards. */
async function runAs(database: OpenDatabase, run: Run): Promise<TestEnvironment> {
  const { at, host, job = sweep, days = 30, timezone = 'Europe/Madrid', hook, version } = run;
  const settings = { params: {}, settings: { days } };
  const plain = testEnvironment(database, [job], { jobConfigs: { [job.name]: settings } });
  const destinations = new Map(hook === undefined ? [] : [['ops', { slack: hook }]]);
  const environment = { ...plain, config: { ...plain.config, timezone, destinations } };
  const request: ManualRequest = {
    ...{ definition: job, params: {}, dryRun: false, timeoutMs: undefined },
    ...{ waitMs: 0, ignorePause: false, allowEmpty: false },
  };
  const { runId, status } = await runManually(environment, request);
  expect(status).toBe('succeeded');
  await sql`update opsdeck_jobs.job_run
               set runner = ${`${host}:17`}, started_at = ${at}::timestamptz, finished_at = ${at}::timestamptz,
                   program_version = coalesce(${version ?? null}::text, program_version)
             where id = ${runId}::uuid`.execute(database.db);
  return environment;
}

async function runAll(database: OpenDatabase, runs: readonly Run[]): Promise<void> {
  for (const run of runs) await runAs(database, run);
}

const at = (day: number, hour = 8) => `2026-03-0${day}T0${hour}:00:00Z`;

onEachDatabase((harness) => {
  const fresh = () => harness.fresh({ clock: fakeClock(at(8)) });

  it('names a changed threshold with both values, when and where it was first seen, and stores settings once', async () => {
    const database = await fresh();
    await runAll(database, [
      { at: at(1), host: 'a' },
      { at: at(2), host: 'a' },
      { at: at(3), host: 'a', days: 60, version: '9.9.9' },
      { at: at(4), host: 'a', days: 60, version: '9.9.9' },
      // Back, and once more.
      { at: at(5), host: 'a', version: '9.9.9' },
      { at: at(6), host: 'a', days: 60, version: '9.9.9' },
    ]);
    const { settings, hosts, recordedSince } = await readChanges(database.db, period);
    const days = settings.filter(({ setting }) => setting === 'jobs.sweep.settings.days');
    expect(days.map((one) => [one.before, one.after, one.firstSeen.toISOString().slice(0, 10)])).toEqual([
      [30, 60, '2026-03-03'],
      [60, 30, '2026-03-05'],
      [30, 60, '2026-03-06'],
    ]);
    expect(days[0]).toMatchObject({ host: 'a', version: '9.9.9', jobs: ['sweep'] });
    expect(settings).toHaveLength(4);
    expect(settings.find(({ setting }) => setting.startsWith('version'))).toMatchObject({ after: '9.9.9' });
    expect(hosts).toEqual([]);
    expect(recordedSince?.toISOString()).toContain('2026-03-01');
    const { rows } = await sql<{ stored: number; numbers: number }>`
      select count(*)::int as stored, max(id)::int as numbers from opsdeck_jobs.run_settings`.execute(
      database.db,
    );
    expect(rows).toEqual([{ stored: 2, numbers: 2 }]);
  });

  it('names hosts that differ instead of a change at each run, and a new host once', async () => {
    const database = await fresh();
    await runAll(database, [
      { at: at(1), host: 'a' },
      { at: at(1, 9), host: 'b', days: 60 },
      ...[2, 3, 4].flatMap((day) => [
        { at: at(day), host: 'a' },
        { at: at(day, 9), host: 'b', days: 60 },
      ]),
      // Hosts that come and go, as containers do.
      { at: at(5), host: 'pod-1', job: scan },
      { at: at(6), host: 'pod-2', job: scan, days: 7 },
    ]);
    const { settings, hosts } = await readChanges(database.db, period);
    expect(settings).toMatchObject([
      { setting: 'jobs.scan.settings.days', before: 30, after: 7, host: 'pod-2' },
    ]);
    expect(hosts).toEqual([
      {
        setting: 'jobs.sweep.settings.days',
        jobs: ['sweep'],
        values: [
          { host: 'a', value: 30 },
          { host: 'b', value: 60 },
        ],
      },
    ]);
  });

  it('reports that a secret changed and shows no value; a setting of all jobs is one change', async () => {
    const database = await fresh();
    const hooks = ['https://hooks.example.com/AAAA-one', 'https://hooks.example.com/BBBB-two'];
    for (const [index, hook] of hooks.entries()) {
      const timezone = index === 0 ? 'Europe/Madrid' : 'UTC';
      for (const [hour, job] of [sweep, scan].entries())
        await runAs(database, { at: at(2 + index, hour + 1), host: 'a', job, hook, timezone });
    }
    const changes = await readChanges(database.db, period);
    expect(changes.settings).toMatchObject([
      { setting: 'TIMEZONE', before: 'Europe/Madrid', after: 'UTC', jobs: ['scan', 'sweep'] },
      { setting: 'destinations.ops.slack', jobs: ['scan', 'sweep'] },
    ]);
    const text = renderText(changesReport(changes, 'UTC'), { columns: undefined, color: false });
    expect(text).toMatch(/destinations\.ops\.slack\s+set \(\w{8}\)\s+set \(\w{8}\)/);
    const { rows } = await sql<{ all: string }>`
      select string_agg(content::text, '') as all from opsdeck_jobs.run_settings`.execute(database.db);
    expect(text + rows[0]?.all).not.toMatch(/AAAA|BBBB|hooks\.example/);
  });

  it('compares with what is left when runs were removed, and names the moment from which on it knows', async () => {
    const database = await fresh();
    await runAll(database, [
      { at: at(1), host: 'a' },
      { at: at(3), host: 'a', days: 60 },
      { at: at(4), host: 'a', days: 60 },
    ]);
    await sql`delete from opsdeck_jobs.job_run where started_at = ${at(3)}::timestamptz`.execute(database.db);
    const one = await readChanges(database.db, period);
    expect(one.settings.map(({ firstSeen }) => firstSeen.toISOString())).toEqual([
      new Date(at(4)).toISOString(),
    ]);
    await sql`delete from opsdeck_jobs.job_run where started_at = ${at(1)}::timestamptz`.execute(database.db);
    const none = await readChanges(database.db, period);
    expect(none.settings).toEqual([]);
    const text = renderText(changesReport(none, 'UTC'), { columns: undefined, color: false });
    expect(text).toContain('Settings are known from Wed 4 Mar 2026 08:00 on');
  });

  it('lists decisions about jobs, and rules with old and new values, in every format', async () => {
    const database = await fresh();
    await runAll(database, [{ at: at(2), host: 'a' }]);
    await decideJob(
      database,
      'sweep',
      { action: 'pause', until: null, reason: 'Holiday' },
      'ana@example.org',
    );
    await sql`insert into opsdeck_jobs.action_log (at, actor, action, subject)
              values (${at(7)}::timestamptz, 'ana@example.org', 'event.disable', 'event:EXPIRY'),
                     (${at(7)}::timestamptz, 'ana@example.org', 'run.retry', 'run:1')`.execute(database.db);
    const rule = (limit: number) => ({
      ...{ id: 1, name: 'Backup', hash: String(limit), enabled: true },
      asks: { model: 'm', selector: null, key: null, frequency_days: limit, grace_period_days: 0 },
    });
    const detail = JSON.stringify({ rules: ['Backup'], before: [rule(90)], after: [rule(365)] });
    const snapshot = await recordSnapshot(database, { daysAgo: 1 });
    await sql`
      insert into opsdeck_jobs.drift_event
        (audit_id, detected_at, framework_id, framework_name, framework_control_id, control_id, control_name,
         from_status, to_status, class, severity, cause, detail, flapping)
      select ${snapshot}::int, ${at(7)}::timestamptz, 1, 'ISO', 1, 'A.1', 'Backup', 'non_compliant', 'compliant', 'improvement', null,
             cause, ${detail}::text::jsonb, false from unnest(array['rule_changed', 'new_evidence']) cause`.execute(
      database.db,
    );
    const changes = await readChanges(database.db, period);
    expect(changes.decisions).toMatchObject([
      { action: 'event.disable', subject: 'event:EXPIRY', actor: 'ana@example.org' },
      { action: 'job.pause', subject: 'job:sweep', reason: 'Holiday' },
    ]);
    expect(changes.rules).toMatchObject([{ control: 'A.1', changes: ['Backup: limit 90 → 365 days'] }]);

    const run = commandLine(harness, database);
    const days = '3650';
    for (const format of ['text', 'md', 'csv', 'json', 'html'] as const) {
      const printed = await run((io) => reportChanges(io, {}, { days, format, output: '-' }));
      expect(printed).toContain('job.pause');
      expect(printed).toContain('limit 90 → 365 days');
    }
  });

  it('runs where settings cannot be stored, and warns once', async () => {
    const database = await fresh();
    await sql`alter table opsdeck_jobs.run_settings rename to gone`.execute(database.db);
    const first = await runAs(database, { at: at(2), host: 'a' });
    expect(first.logged('run.settings')).toHaveLength(1);
    const second = await runAs(database, { at: at(3), host: 'a' });
    expect(second.logged('run.settings')).toEqual([]);
  });
});
