import { type RawBuilder, sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { jobs } from '../../jobs/index.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { pruneHistory } from '../../src/job/prune-history.ts';
import { durationBoundsMs, latenessBoundsMs } from '../../src/job/run-buckets.ts';
import { prune } from '../../src/scheduler/housekeeping.ts';
import { countRuns } from '../support/count-runs.ts';
import { onEachDatabase, onPostgres } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { addHistory, type HistoryRow } from '../support/history-rows.ts';
import { testEnvironment, testJob } from '../support/runner.ts';

const now = new Date('2026-11-24T12:00:00Z');
const dayMs = 86_400_000;
const keep = { jobs, keepMs: 90 * dayMs, now, zone: 'Europe/Madrid', batch: 100 };
const daysAgo = (days: number) => new Date(now.getTime() - days * dayMs);

type Run = Omit<HistoryRow, 'startedAt'> & { readonly days: number };

function addRuns(database: OpenDatabase, runs: readonly Run[]): Promise<string[]> {
  return addHistory(
    database,
    runs.map(({ days, ...run }) => ({ ...run, startedAt: daysAgo(days) })),
  );
}

async function left({ db }: OpenDatabase): Promise<[string, string, number][]> {
  const { rows } = await sql<{ job: string; status: string; days: number }>`
    select job, status, (extract(epoch from ${now}::timestamptz - started_at) / 86400)::float8 as days
      from opsdeck_jobs.job_run order by job, started_at desc`.execute(db);
  return rows.map(({ job, status, days }) => [job, status, days]);
}

async function shortened({ db }: OpenDatabase): Promise<number[]> {
  const { rows } = await sql<{ days: number }>`
    select (extract(epoch from ${now}::timestamptz - started_at) / 86400)::float8 as days from opsdeck_jobs.job_run
     where short and result = '{"snapshot_id": 7, "snapshot_hash": "ab"}' and error_stack is null and error_message = 'why' order by started_at desc`.execute(
    db,
  );
  return rows.map(({ days }) => days);
}

async function byDay({ db }: OpenDatabase): Promise<[string, string, string][]> {
  const { rows } = await sql<{ job: string; day: string; runs: string }>`
    select job, day::text as day, runs::text as runs from opsdeck_jobs.run_day order by job, day`.execute(db);
  return rows.map(({ job, day, runs }) => [job, day, runs]);
}

async function counted({ db }: OpenDatabase, from: RawBuilder<unknown>) {
  const { rows } = await sql<Record<string, unknown>>`
    select * from (${from}) c order by job, status`.execute(db);
  return rows;
}

const live = countRuns(sql`opsdeck_jobs.job_run r`);
const tally = sql`select * from opsdeck_jobs.run_tally`;

onEachDatabase((harness) => {
  describe('pruning the history', () => {
    it('counts routine successes by day, keeps what is evidence in short form, and leaves the newest run and success alone', async () => {
      const database = await harness.fresh();
      await addRuns(database, [
        { days: 400 },
        { days: 300, status: 'failed' },
        { days: 200 },
        { days: 150, status: 'failed' },
        { days: 120, status: 'timed_out' },
        { days: 100, status: 'skipped' },
        { days: 95, status: 'missed' },
        { days: 10, status: 'skipped' },
        { job: 'busy', days: 100 },
        { job: 'busy', days: 89 },
      ]);
      await sql`
        update opsdeck_jobs.job_run
           set result = '{"a": 1, "snapshot_id": 7, "snapshot_hash": "ab"}', error_stack = 'at a', error_message = 'why'`.execute(
        database.db,
      );
      await sql`insert into opsdeck_jobs.run_log select id, '[]', 1 from opsdeck_jobs.job_run`.execute(
        database.db,
      );
      expect(await pruneHistory(database.db, keep)).toEqual({ removed: 2, shortened: 4 });
      expect(await left(database)).toEqual([
        ['busy', 'succeeded', 89],
        ['sweep', 'skipped', 10],
        ['sweep', 'missed', 95],
        ['sweep', 'skipped', 100],
        ['sweep', 'timed_out', 120],
        ['sweep', 'failed', 150],
        ['sweep', 'succeeded', 200],
        ['sweep', 'failed', 300],
      ]);
      expect(await shortened(database)).toEqual([95, 100, 150, 300]);
      const { rows: logs } = await sql`
        select from opsdeck_jobs.run_log l join opsdeck_jobs.job_run r on r.id = l.run_id where r.short is false`.execute(
        database.db,
      );
      expect(logs).toHaveLength(4);
      expect((await sql`select from opsdeck_jobs.run_log`.execute(database.db)).rows).toHaveLength(4);
      expect(await byDay(database)).toEqual([
        ['busy', '2026-08-16', '1'],
        ['sweep', '2025-10-20', '1'],
      ]);
      expect(await pruneHistory(database.db, keep)).toEqual({ removed: 0, shortened: 0 });
      // Three years and a month later, what is evidence goes as well.
      const later = { ...keep, now: new Date(now.getTime() + 1005 * dayMs) };
      expect(await pruneHistory(database.db, later)).toEqual({ removed: 2, shortened: 1 });
      expect((await left(database)).map(([, , days]) => days)).toEqual([89, 10, 95, 100, 120, 200]);
      expect(await byDay(database)).toEqual([['busy', '2026-08-16', '1']]);
    });

    it('a legal hold protects the runs that it names, and those of a condition that cannot be compared', async () => {
      const database = await harness.fresh();
      await addRuns(database, [
        { job: 'held', days: 300 },
        { job: 'held', days: 299, status: 'failed' },
        { job: 'held', days: 1 },
        { days: 298 },
        { days: 297 },
        { days: 1 },
      ]);
      const hold = (columns: string, values: string) =>
        sql`
        insert into opsdeck_jobs.retention_hold (table_name, columns, "values", case_reference, added_by, added_at)
        values ('opsdeck_jobs.job_run', ${columns}::text::text[], ${values}::text::text[], 'C', 'a', now())`.execute(
          database.db,
        );
      await hold('{job,status}', '{sweep,failed}');
      await hold('{job}', '{held}');
      expect(await pruneHistory(database.db, { ...keep, batch: 1, once: true })).toEqual({
        removed: 1,
        shortened: 0,
      });
      await hold('{started_at}', '{2026-01-01 00:00:00+00}');
      expect(await pruneHistory(database.db, keep)).toEqual({ removed: 0, shortened: 0 });
      await sql`update opsdeck_jobs.retention_hold set released_by = 'a', released_at = now()`.execute(
        database.db,
      );
      expect(await pruneHistory(database.db, keep)).toEqual({ removed: 2, shortened: 1 });
    });

    it('removes no run that is running, and none that messages or rows of jobs name as their origin', async () => {
      const database = await harness.fresh();
      const [message, snapshot, rate] = await addRuns(database, [
        { days: 300 },
        { days: 299 },
        { days: 298.5 },
        { days: 298 },
        { days: 200, status: 'running' },
        { days: 1 },
      ]);
      await sql`
        insert into opsdeck_jobs.message (communication_id, run_id, job, event_code, channel, destination, dedupe_key,
                                          context, created_at, due_at)
        values (1, ${message}::uuid, 'sweep', 'X', 'email', 'a@example.org', 'k', '{}', now(), now())`.execute(
        database.db,
      );
      await sql`
        insert into opsdeck_jobs.drift_snapshot
        values (1, ${snapshot}::uuid, now(), 1, sha256('a'), sha256('b'), sha256('c'))`.execute(database.db);
      await sql`
        insert into opsdeck_jobs.fx_rate (provider, rate_date, base, quote, rate, fetched_at, run_id)
        values ('ecb', '2026-01-02', 'EUR', 'USD', 1.1, now(), ${rate}::uuid)`.execute(database.db);
      expect(await pruneHistory(database.db, keep)).toEqual({ removed: 1, shortened: 3 });
      const named = [1, 200, 298.5, 299, 300];
      expect((await left(database)).map(([, , days]) => days)).toEqual(named);
      await pruneHistory(database.db, { ...keep, now: new Date(now.getTime() + 2000 * dayMs) });
      expect((await left(database)).map(([, , days]) => days)).toEqual(named);
    });

    it('a runner of a few jobs keeps what the rows of the others name', async () => {
      const database = await harness.fresh({ clock: fakeClock(now.toISOString()) });
      const [snapshot] = await addRuns(database, [{ days: 299 }, { days: 298 }, { days: 1 }]);
      await sql`
        insert into opsdeck_jobs.drift_snapshot
        values (1, ${snapshot}::uuid, now(), 1, sha256('a'), sha256('b'), sha256('c'))`.execute(database.db);
      const environment = testEnvironment(database, [testJob()], { jobs: [...jobs, testJob()] });
      await prune(environment, { once: true });
      expect(environment.logged('history.pruned')).toMatchObject([{ 'labels.count': 1 }]);
      expect((await left(database)).map(([, , days]) => days)).toContain(299);
    });

    it('works in batches, and the tally counts what was there, as it ended: no counter ever goes down', async () => {
      const database = await harness.fresh();
      const statuses = ['succeeded', 'failed', 'skipped', 'missed', 'interrupted'] as const;
      await addRuns(
        database,
        Array.from({ length: 57 }, (_, index): Run => {
          const status = statuses[index % statuses.length] ?? 'failed';
          return {
            job: index % 2 === 0 ? 'even' : 'odd',
            status,
            days: 100 + index,
            durationMs: status === 'interrupted' ? null : index * 700,
            ...(index % 3 === 0 ? { lateMs: index * 1000 } : {}),
            ...(status === 'missed' ? { standsFor: 4 } : {}),
          };
        }),
      );
      await sql`insert into opsdeck_jobs.job_run (job, status, trigger, params, started_at, heartbeat_at, runner, program_version)
                select 'even', 'running', 'manual', '{}', ${daysAgo(99)}::timestamptz, now(), 'a:1', '1'`.execute(
        database.db,
      );
      const before = await counted(database, tally);
      expect(before).toEqual(await counted(database, live));
      await sql`update opsdeck_jobs.job_run set heartbeat_at = now() where status = 'running'`.execute(
        database.db,
      );
      expect(await counted(database, tally)).toEqual(before);
      await sql`
        update opsdeck_jobs.job_run set status = 'failed', finished_at = started_at, duration_ms = 5, error_code = 'x'
         where status = 'running'`.execute(database.db);
      const ended = await counted(database, tally);
      expect(ended).toEqual(await counted(database, live));
      expect(ended).not.toEqual(before);
      const done = await pruneHistory(database.db, { ...keep, batch: 10 });
      expect(done.removed).toBeGreaterThan(9);
      expect(done.removed + done.shortened).toBeGreaterThan(50);
      expect(await counted(database, tally)).toEqual(ended);
    });
  });

  it('reads no more of a long history than it removes', async () => {
    const database = await harness.fresh();
    await sql`
      insert into opsdeck_jobs.job_run (job, status, trigger, params, started_at, finished_at, duration_ms, runner, program_version)
      select 'job-' || n % 5, 'succeeded', 'timer', '{}', at, at, 0, 'a:1', '1'
        from (select n, ${now}::timestamptz - make_interval(mins => n) as at from generate_series(1, 20000) n) r`.execute(
      database.db,
    );
    await sql`analyze opsdeck_jobs.job_run`.execute(database.db);
    const { before, after } = await database.db.transaction().execute(async (trx) => {
      const read = async () => {
        const { rows } = await sql<{ read: number }>`
          select (seq_tup_read + idx_tup_fetch)::integer as read from pg_stat_xact_user_tables
           where schemaname = 'opsdeck_jobs' and relname = 'job_run'`.execute(trx);
        return rows[0]?.read ?? 0;
      };
      const before = await read();
      expect(await pruneHistory(trx, { ...keep, batch: 100, once: true })).toEqual({
        removed: 0,
        shortened: 0,
      });
      expect(await pruneHistory(trx, { ...keep, keepMs: dayMs, batch: 100, once: true })).toEqual({
        removed: 100,
        shortened: 0,
      });
      return { before, after: await read() };
    });
    expect(after - before).toBeGreaterThan(99);
    expect(after - before).toBeLessThan(1000);
  });

  it('a bound belongs to its bucket, and missed firings count one by one', async () => {
    const database = await harness.fresh();
    const first = durationBoundsMs[0];
    const last = durationBoundsMs[durationBoundsMs.length - 1] ?? 0;
    await addRuns(database, [
      { days: 9, durationMs: 0 },
      { days: 8, durationMs: first, lateMs: -5 },
      { days: 7, durationMs: first + 1, lateMs: latenessBoundsMs[1] },
      { days: 6, durationMs: last },
      { days: 5, durationMs: last + 1, lateMs: 100 * dayMs },
      { days: 4, status: 'missed', durationMs: 0, lateMs: 1, standsFor: 3 },
      { days: 3, status: 'skipped', durationMs: 0, lateMs: 1 },
    ]);
    const durations = durationBoundsMs.map(() => '0').concat('0');
    const none = latenessBoundsMs.map(() => '0').concat('0');
    const zeros = {
      duration_sum_ms: '0',
      duration_buckets: durations,
      lateness_sum_ms: '0',
      lateness_buckets: none,
    };
    expect(await counted(database, tally)).toEqual([
      { ...zeros, job: 'sweep', status: 'missed', runs: '3', lateness_count: '0' },
      { ...zeros, job: 'sweep', status: 'skipped', runs: '1', lateness_count: '0' },
      {
        job: 'sweep',
        status: 'succeeded',
        runs: '5',
        duration_sum_ms: String(2 * first + 1 + 2 * last + 1),
        duration_buckets: durations.with(0, '2').with(1, '1').with(-2, '1').with(-1, '1'),
        lateness_sum_ms: String(latenessBoundsMs[1] + 100 * dayMs),
        lateness_buckets: none.with(0, '1').with(1, '1').with(-1, '1'),
        lateness_count: '3',
      },
    ]);
  });
});

onPostgres((harness) => {
  it('hosts that prune at the same moment take each row once', async () => {
    const database = await harness.fresh();
    await addRuns(
      database,
      Array.from({ length: 400 }, (_, index) => ({ job: `job-${index % 7}`, days: 100 + index })),
    );
    const hosts = await Promise.all(Array.from({ length: 4 }, () => harness.second(database)));
    const taken = await Promise.all(hosts.map(({ db }) => pruneHistory(db, { ...keep, batch: 20 })));
    // Who finds the last rows taken by others stops early; the next round has the rest.
    const rest = await pruneHistory(database.db, keep);
    expect(taken.reduce((sum, { removed }) => sum + removed, rest.removed)).toBe(393);
    expect(await left(database)).toHaveLength(7);
    const { rows } = await sql<{
      runs: string;
    }>`select sum(runs)::text as runs from opsdeck_jobs.run_tally`.execute(database.db);
    expect(rows).toEqual([{ runs: '400' }]);
  });
});
