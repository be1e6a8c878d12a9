import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { OpenDatabase } from '../../src/db/database.ts';
import { decideJob } from '../../src/job/job-decisions.ts';
import { registerJobs } from '../../src/job/register-jobs.ts';
import { runManually } from '../../src/job/run-manually.ts';
import { runScheduled } from '../../src/scheduler/run-scheduled.ts';
import { onEachDatabase, onPostgres } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { testEnvironment, testJob } from '../support/runner.ts';

const job = testJob({ schedule: '0 9 * * 1' });
const request = { definition: job, timeoutMs: undefined, allowEmpty: false } as const;

async function rows(database: OpenDatabase) {
  const found = await sql<{
    status: string;
    reason: string | null;
    scheduled_for: Date | null;
    stands_for: unknown;
    trigger: string;
  }>`select status, reason, scheduled_for, stands_for, trigger from opsdeck_jobs.job_run
      order by started_at, scheduled_for`.execute(database.db);
  return found.rows;
}

async function start(database: OpenDatabase) {
  const environment = testEnvironment(database, [job]);
  await registerJobs(database, environment.config, [job]);
  return environment;
}

onEachDatabase((harness) => {
  const begin = async (at = '2026-11-24T12:00:00Z') => {
    const clock = fakeClock(at);
    const database = await harness.fresh({ clock });
    return { clock, database, environment: await start(database) };
  };

  describe('run-job --scheduled', () => {
    it('does not fire for a past in which the job was not known', async () => {
      const { database, environment } = await begin();
      expect(await runScheduled(environment, request)).toBeNull();
      expect(await rows(database)).toEqual([]);
    });

    it('runs a due firing once, and not again', async () => {
      const { clock, database, environment } = await begin();
      clock.set('2026-11-30T08:00:05Z');
      expect(await runScheduled(environment, request)).toMatchObject({
        status: 'succeeded',
        trigger: 'timer',
      });
      clock.advance(60_000);
      expect(await runScheduled(environment, request)).toBeNull();
      expect(await rows(database)).toEqual([
        {
          status: 'succeeded',
          reason: null,
          scheduled_for: new Date('2026-11-30T08:00:00Z'),
          stands_for: null,
          trigger: 'timer',
        },
      ]);
    });

    it('misfire latest: one run stands for all that was missed, and what was missed is one row', async () => {
      const { clock, database, environment } = await begin('2026-11-03T12:00:00Z');
      clock.set('2026-12-01T00:00:00Z');
      await runScheduled(environment, request);
      const missed = { from: '2026-11-09T08:00:00.000Z', to: '2026-11-23T08:00:00.000Z', count: 3 };
      expect(await rows(database)).toMatchObject([
        { status: 'missed', scheduled_for: new Date('2026-11-23T08:00:00Z'), stands_for: missed },
        { status: 'succeeded', scheduled_for: new Date('2026-11-30T08:00:00Z'), stands_for: missed },
      ]);
      expect(environment.logged('job.missed')).toMatchObject([{ 'labels.count': 3 }]);
    });

    it('misfire skip: what was missed is recorded and not made up for', async () => {
      const clock = fakeClock('2026-11-03T12:00:00Z');
      const database = await harness.fresh({ clock });
      const skipping = testJob({ schedule: '0 9 * * 1', misfire: 'skip' });
      const environment = testEnvironment(database, [skipping]);
      await registerJobs(database, environment.config, [skipping]);
      clock.set('2026-12-01T00:00:00Z');
      expect(await runScheduled(environment, { ...request, definition: skipping })).toBeNull();
      expect(await rows(database)).toMatchObject([
        { status: 'missed', reason: 'too_late', stands_for: { count: 4, to: '2026-11-30T08:00:00.000Z' } },
      ]);
      clock.set('2026-12-07T08:01:00Z');
      expect(await runScheduled(environment, { ...request, definition: skipping })).not.toBeNull();
    });

    it('a paused or disabled job is recorded once a due firing, and makes nothing up afterwards', async () => {
      const { clock, database, environment } = await begin();
      await decideJob(
        database,
        job.name,
        { action: 'pause', until: null, reason: 'audit' },
        'ana@example.org',
      );
      clock.set('2026-11-30T08:00:05Z');
      expect(await runScheduled(environment, request)).toBeNull();
      expect(await runScheduled(environment, request)).toBeNull();
      await decideJob(database, job.name, { action: 'resume' }, 'ana@example.org');
      await decideJob(database, job.name, { action: 'disable' }, 'ana@example.org');
      clock.set('2026-12-07T08:00:05Z');
      expect(await runScheduled(environment, request)).toBeNull();
      clock.set('2026-12-10T08:00:00Z');
      await decideJob(database, job.name, { action: 'enable' }, 'ana@example.org');
      expect(await runScheduled(environment, request)).toBeNull();
      expect(await rows(database)).toMatchObject([
        { status: 'skipped', reason: 'paused', scheduled_for: new Date('2026-11-30T08:00:00Z') },
        { status: 'skipped', reason: 'disabled', scheduled_for: new Date('2026-12-07T08:00:00Z') },
      ]);
    });

    it('a firing while the last run is still going is an overlap, not a second run', async () => {
      const { clock, database, environment } = await begin();
      const slow = testJob({
        schedule: '0 9 * * 1',
        run: async () => {
          clock.set('2026-11-30T08:00:05Z');
          expect(await runScheduled(environment, request)).toBeNull();
          return {};
        },
      });
      await runManually(environment, {
        definition: slow,
        params: {},
        dryRun: false,
        timeoutMs: undefined,
        waitMs: 0,
        ignorePause: false,
        allowEmpty: false,
      });
      expect(await rows(database)).toMatchObject([
        { status: 'succeeded', trigger: 'manual' },
        { status: 'skipped', reason: 'overlap', trigger: 'timer' },
      ]);
    });

    it('a clock that was set back fires nothing twice, and reports that it waits', async () => {
      const { clock, database, environment } = await begin();
      clock.set('2026-11-30T08:00:05Z');
      await runScheduled(environment, request);
      clock.set('2026-11-24T08:00:00Z');
      expect(await runScheduled(environment, request)).toBeNull();
      expect(environment.logged('job.clock_behind')).toHaveLength(1);
      // The way out that the warning names does not repeat a firing either.
      await decideJob(database, job.name, { action: 'disable' }, 'ana@example.org');
      await decideJob(database, job.name, { action: 'enable' }, 'ana@example.org');
      clock.set('2026-11-30T08:00:05Z');
      expect(await runScheduled(environment, request)).toBeNull();
      clock.set('2026-12-07T08:00:05Z');
      expect(await runScheduled(environment, request)).not.toBeNull();
      expect((await rows(database)).map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    });

    it('another configuration does not change the stored schedule: the firing is run, and the difference is logged', async () => {
      const { clock, database } = await begin();
      clock.set('2026-11-30T08:00:05Z');
      const daily = testJob({ schedule: '@daily' });
      const other = testEnvironment(database, [daily]);
      expect(await runScheduled(other, { ...request, definition: daily })).not.toBeNull();
      expect(await rows(database)).toMatchObject([
        { status: 'succeeded', scheduled_for: new Date('2026-11-30T08:00:00Z') },
      ]);
      expect(other.logged('schedule.differs')).toMatchObject([
        {
          msg:
            'The stored schedules apply; the configuration of this command differs for sweep ' +
            '(stored: Mondays at 09:00, Europe/Madrid; configured: daily at 00:00, Europe/Madrid). ' +
            'To store the configured schedules, run: opsdeck-jobs migrate',
        },
      ]);
    });

    it('a schedule that was changed by `migrate` starts from now', async () => {
      const { clock, database, environment } = await begin();
      clock.set('2026-12-20T00:00:00Z');
      const daily = testJob({ schedule: '@daily' });
      expect(await registerJobs(database, environment.config, [daily])).toEqual([
        "The schedule of sweep was '0 9 * * 1, Europe/Madrid' and is now: daily at 00:00, Europe/Madrid.",
      ]);
      const changed = testEnvironment(database, [daily]);
      expect(await runScheduled(changed, { ...request, definition: daily })).toBeNull();
      expect(changed.logged('schedule.differs')).toEqual([]);
      expect(await rows(database)).toEqual([]);
    });

    it('what the job misses in the database leaves the firing due', async () => {
      const { clock, database } = await begin();
      const needy = testJob({ schedule: '0 9 * * 1', requires: { no_such_table: ['id'] } });
      clock.set('2026-11-30T08:00:05Z');
      await expect(
        runScheduled(testEnvironment(database, [needy]), { ...request, definition: needy }),
      ).rejects.toMatchObject({ code: 'job_unavailable', exitCode: 3 });
      expect(await runScheduled(testEnvironment(database, [job]), request)).not.toBeNull();
    });

    it('last_scheduled_for with microseconds, written by hand, does not stop the schedule', async () => {
      const { clock, database, environment } = await begin();
      await sql`update opsdeck_jobs.job_state set last_scheduled_for = '2026-11-24T12:00:00.123456Z'`.execute(
        database.db,
      );
      clock.set('2026-11-30T08:00:05Z');
      expect(await runScheduled(environment, request)).not.toBeNull();
    });
  });
});

onPostgres((harness) => {
  it('many hosts at one instant: each firing runs exactly once', async () => {
    const clock = fakeClock('2026-11-24T12:00:00Z');
    const database = await harness.fresh({ clock });
    await start(database);
    const hosts = await Promise.all(Array.from({ length: 8 }, () => harness.second(database, { clock })));
    for (const at of ['2026-11-30T08:00:05Z', '2026-12-14T08:00:05Z']) {
      clock.set(at);
      const outcomes = await Promise.all(
        [...hosts, ...hosts].map((host) => runScheduled(testEnvironment(host, [job]), request)),
      );
      expect(outcomes.filter((outcome) => outcome !== null)).toHaveLength(1);
    }
    expect(
      (await rows(database)).map(({ status, scheduled_for }) => [status, scheduled_for?.toISOString()]),
    ).toEqual([
      ['succeeded', '2026-11-30T08:00:00.000Z'],
      ['missed', '2026-12-07T08:00:00.000Z'],
      ['succeeded', '2026-12-14T08:00:00.000Z'],
    ]);
  });
});
