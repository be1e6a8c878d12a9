import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { OpenDatabase } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/open-migrated.ts';
import { registerJobs } from '../../src/job/register-jobs.ts';
import { Loop } from '../../src/scheduler/loop.ts';
import { type DatabaseHarness, onPostgres } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { gate } from '../support/loop.ts';
import { type TestEnvironment, testEnvironment, testJob } from '../support/runner.ts';
import { until } from '../support/until.ts';

const job = testJob({
  schedule: '0 9 * * *',
  run: async ({ db }) => {
    await sql`select 1`.execute(db);
    return {};
  },
});

interface Crowded {
  readonly environment: TestEnvironment;
  rows(): Promise<readonly { readonly status: string; readonly error_code: string | null }[]>;
  /** The role may have more connections. */
  free(): Promise<unknown>;
}

/** A job that is due, on a database whose role may have no connection more than it has. */
async function whenCrowded(
  harness: DatabaseHarness,
  startPatienceMs: number,
  work: (crowded: Crowded) => Promise<void>,
): Promise<void> {
  const clock = fakeClock('2026-11-24T00:00:00Z');
  const admin = await harness.fresh({ clock });
  await registerJobs(admin, testEnvironment(admin, [job]).config, [job]);
  const config = harness.configOf(admin);
  if (config.kind !== 'postgres') throw new Error('needs a server');
  const role = `patient_${process.pid}`;
  const run = (statement: string) => sql.raw(statement).execute(admin.db);
  await run(`create role ${role} login`);
  await run(`grant usage on schema opsdeck_jobs to ${role}`);
  await run(`grant all on all tables in schema opsdeck_jobs to ${role}`);
  const url = new URL(config.url);
  url.username = role;
  const database = await openDatabase(
    { kind: 'postgres', url: url.href },
    { applicationName: 'patience', waitMs: 0, storedTimezone: undefined, clock },
  );
  const held = await holdOne(database);
  await sql`select 1`.execute(database.control);
  await run(`alter role ${role} connection limit 2`);
  const environment = testEnvironment(database, [job]);
  const patient = { ...environment, config: { ...environment.config, startPatienceMs } };
  const loop = new Loop(patient, { definitions: [job], partial: false, concurrency: 8 });
  clock.set('2026-11-24T08:00:00Z');
  loop.start();
  try {
    await work({
      environment,
      rows: async () =>
        (
          await sql<{ status: string; error_code: string | null }>`
            select status, error_code from opsdeck_jobs.job_run`.execute(admin.db)
        ).rows,
      free: () => run(`alter role ${role} connection limit -1`),
    });
  } finally {
    await loop.stop(0);
    held.open();
    await database.close();
    await run(`drop owned by ${role}`);
    await run(`drop role ${role}`);
  }
}

/** The one connection for jobs that the role has is taken. */
async function holdOne(database: OpenDatabase) {
  const taken = gate();
  const held = gate();
  void database.db.connection().execute(async () => {
    taken.open();
    await held.opened;
  });
  await taken.opened;
  return held;
}

onPostgres((harness) => {
  it('a run that was claimed while there was no free connection waits for one, and its firing is not lost', async () => {
    await whenCrowded(harness, 120_000, async ({ environment, rows, free }) => {
      await until(
        () => environment.logged('job.waiting'),
        (found) => found.length === 1,
      );
      expect(await rows()).toMatchObject([{ status: 'running' }]);
      await free();
      await until(rows, (found) => found.some(({ status }) => status === 'succeeded'));
      expect(environment.logged('job.waiting')).toHaveLength(1);
    });
  });

  it('when none comes within start_patience the run is failed, with the reason', async () => {
    await whenCrowded(harness, 1, async ({ rows }) => {
      const found = await until(rows, (all) => all.some(({ status }) => status !== 'running'));
      expect(found).toMatchObject([{ status: 'failed', error_code: 'database_no_connection_left' }]);
    });
  });
});
