import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { OpenDatabase } from '../../src/db/database.ts';
import { decideJob } from '../../src/job/job-decisions.ts';
import { readJobsSnapshot } from '../../src/job/jobs-snapshot.ts';
import { addMissingJobs, registerJobs } from '../../src/job/register-jobs.ts';
import { onEachDatabase } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { testJob } from '../support/runner.ts';

const config = { timezone: 'Europe/Madrid', jobs: {} };
const configured = (enabled: boolean) => ({
  ...config,
  jobs: { sweep: { enabled, settings: {}, params: {} } },
});

async function stateOf(database: OpenDatabase) {
  return (await readJobsSnapshot(database.db, [testJob()])).states.get('sweep');
}

onEachDatabase((harness) => {
  describe('decisions about a job', () => {
    it('are kept with who, when, before and after; the same twice changes nothing', async () => {
      const clock = fakeClock('2026-11-24T12:00:00Z');
      const database = await harness.fresh({ clock });
      await registerJobs(database, config, [testJob()]);
      const until = new Date('2026-11-26T12:00:00Z');
      const pause = { action: 'pause', until, reason: 'audit week' } as const;
      expect(await decideJob(database, 'sweep', pause, 'ana@example.org')).toBe(true);
      expect(await decideJob(database, 'sweep', pause, 'bob@example.org')).toBe(false);
      expect(await stateOf(database)).toMatchObject({
        paused_at: clock.now(),
        paused_until: until,
        paused_by: 'ana@example.org',
        pause_reason: 'audit week',
      });
      clock.advance(3_600_000);
      expect(await decideJob(database, 'sweep', { action: 'resume' }, 'bob@example.org')).toBe(true);
      expect(await decideJob(database, 'sweep', { action: 'resume' }, 'bob@example.org')).toBe(false);
      expect(await decideJob(database, 'sweep', { action: 'disable' }, 'os:root@host')).toBe(true);
      expect(await stateOf(database)).toMatchObject({
        enabled: false,
        paused_at: null,
        last_scheduled_for: clock.now(),
      });
      const { rows } = await sql<Record<string, unknown>>`
        select at, actor, action, subject, before, after, note from opsdeck_jobs.action_log order by at, action desc`.execute(
        database.db,
      );
      expect(rows).toMatchObject([
        {
          at: new Date('2026-11-24T12:00:00Z'),
          actor: 'ana@example.org',
          action: 'job.pause',
          subject: 'job:sweep',
          before: { enabled: true, paused_at: null },
          after: { paused_until: '2026-11-26T12:00:00.000Z' },
          note: 'audit week',
        },
        { actor: 'bob@example.org', action: 'job.resume' },
        {
          actor: 'os:root@host',
          action: 'job.disable',
          before: { enabled: true },
          after: { enabled: false },
        },
      ]);
    });

    it('jobs.NAME.enabled is where a new job begins; afterwards only decisions count', async () => {
      const database = await harness.fresh();
      await registerJobs(database, configured(false), [testJob()]);
      expect(await stateOf(database)).toMatchObject({ enabled: false });
      await registerJobs(database, configured(true), [testJob()]);
      await addMissingJobs(database, configured(true), [testJob()]);
      expect(await stateOf(database)).toMatchObject({ enabled: false });
      await decideJob(database, 'sweep', { action: 'enable' }, 'ana@example.org');
      await registerJobs(database, configured(false), [testJob()]);
      expect(await stateOf(database)).toMatchObject({ enabled: true });
    });

    it('adding what is missing leaves the stored schedules as they are', async () => {
      const database = await harness.fresh();
      await registerJobs(database, config, [testJob({ schedule: '@daily' })]);
      const before = await stateOf(database);
      const jobs = [testJob({ schedule: 'every 1 minute' }), testJob({ name: 'poll' })];
      await addMissingJobs(database, { ...config, timezone: 'UTC' }, jobs);
      expect(await stateOf(database)).toEqual(before);
      const { states } = await readJobsSnapshot(database.db, jobs);
      expect(states.get('poll')).toMatchObject({ schedule: '30 2 * * *', timezone: 'UTC', enabled: true });
    });

    it('another zone is mentioned for a schedule that it moves, not for one that counts real time', async () => {
      const database = await harness.fresh();
      const jobs = [testJob({ schedule: '@daily' }), testJob({ name: 'poll', schedule: 'every 5 minutes' })];
      expect(await registerJobs(database, { ...config, timezone: 'UTC' }, jobs)).toEqual([]);
      expect(await registerJobs(database, { ...config, timezone: 'Europe/Madrid' }, jobs)).toEqual([
        "The schedule of sweep was '@daily, UTC' and is now: daily at 00:00, Europe/Madrid.",
      ]);
    });

    it('on a running OpsDeck a job starts disabled', async () => {
      const database = await harness.fresh({ attached: true });
      await registerJobs(database, config, [testJob()]);
      expect(await stateOf(database)).toMatchObject({ enabled: false });
    });
  });
});
