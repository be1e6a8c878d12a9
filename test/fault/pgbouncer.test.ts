import { tmpdir } from 'node:os';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readManifests } from '../../jobs/data-retention/records/manifest.sql.ts';
import { verifyArchives } from '../../jobs/data-retention/records/verify-archives.ts';
import { restorable } from '../../jobs/data-retention/restore/restorable.ts';
import { restoreArchive } from '../../jobs/data-retention/restore/restore-archive.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/open-migrated.ts';
import { systemClock } from '../../src/time/clock.ts';
import { everyRow } from '../jobs/data-retention/oracle.ts';
import {
  acceptAndRun,
  fillJournal,
  journal,
  keysOf,
  newDatabase,
  newFolder,
  policyOf,
  start,
} from '../jobs/data-retention/world.ts';
import { contestedJobs } from '../support/contested-jobs.ts';
import { type DatabaseHarness, onPostgres } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { fastClock } from '../support/fast-clock.ts';
import { fillManyControls } from '../support/many-controls.ts';
import { pgbouncerProgram, startPgBouncer } from '../support/pgbouncer.ts';
import { runProgram } from '../support/program.ts';
import { environmentFor, visit } from '../support/program-database.ts';
import { startScheduleProcess } from '../support/schedule-process.ts';
import { until } from '../support/until.ts';
import { everyFiringOnce, keepFiringRecord, readFiringRecord } from './firing-record.ts';

describe.skipIf(pgbouncerProgram === undefined)('needs PgBouncer', () => {
  onPostgres((harness) => {
    it('the commands work through PgBouncer in transaction mode', async () => {
      const config = await harness.config();
      await visit(config, (_database, runSql) => fillManyControls(runSql, 50));
      if (config.kind !== 'postgres') throw new Error('PgBouncer needs a server');
      const options = {
        cwd: tmpdir(),
        env: environmentFor({ kind: 'postgres', url: await through(config.url) }),
      };
      const drift = await runProgram(['run-job', 'compliance-drift', '--json'], options);
      expect(drift).toMatchObject({ code: 0, stderr: expect.not.stringContaining('rror') });
      const list = await runProgram(['list', '--json'], options);
      expect(list).toMatchObject({ code: 0, stdout: expect.stringContaining('compliance-drift') });
      expect(await runProgram(['verify', 'drift'], options)).toMatchObject({ code: 0 });
    });

    it('data-retention archives, deletes and restores through three connections, and leaves no setting behind on them', async () => {
      const direct = await newDatabase(harness);
      await fillJournal(direct, 60, 400);
      const here = { folder: undefined, archiveDir: undefined };
      const before = await everyRow(direct, 'audit_log');
      const database = await openDatabase(
        { kind: 'postgres', url: await through(urlOf(harness, direct)) },
        {
          applicationName: 'opsdeck-jobs tests',
          waitMs: 0,
          storedTimezone: undefined,
          clock: fakeClock(start),
        },
      );
      onTestFinished(() => database.close());
      for (const where of [{ archive_dir: await newFolder() }, {}]) {
        const settings = journal({ ...where, lock_timeout: '7s' }, { batch_size: 7 });
        expect(policyOf(await acceptAndRun(database, { settings }))).toMatchObject({
          taken: 60,
          archives: 9,
        });
        expect(await keysOf(direct, 'audit_log')).toEqual([]);
        expect(await verifyArchives(database.db, here)).toMatchObject({ findings: [] });
        const scope = { table: undefined, where: [], folder: undefined, dryRun: false, actor: 'test' };
        for (const manifest of (await readManifests(database.db, {}, 100)).slice(-9))
          await restoreArchive(database, restorable(manifest), scope);
        expect(await keysOf(direct, 'audit_log')).toHaveLength(60);
        expect(new Set(await everyRow(direct, 'audit_log'))).toEqual(new Set(before));
      }
      // All three at once, so that none is looked at twice.
      const looks = Array.from({ length: 3 }, () =>
        sql<{ lock: string }>`select current_setting('lock_timeout') as lock, pg_sleep(0.2)`.execute(
          database.db,
        ),
      );
      const found = (await Promise.all(looks)).flatMap(({ rows }) => rows.map(({ lock }) => lock));
      expect(found).toEqual(['0', '0', '0']);
    });

    it('daemons share three connections: each firing runs once', async () => {
      const clock = { base: systemClock.now(), speed: 10, aheadMs: 0 };
      const database = await harness.fresh({ clock: fastClock(clock) });
      const shape = { count: 40, schedule: 'every minute', longestMs: 50 };
      const jobs = contestedJobs(shape);
      await keepFiringRecord(database, jobs);
      const url = await through(urlOf(harness, database));
      const daemons = await Promise.all(
        Array.from({ length: 2 }, () =>
          startScheduleProcess({
            database: { kind: 'postgres', url },
            as: 'daemon',
            jobs: shape,
            clock,
            concurrency: 8,
            graceMs: 60_000,
          }),
        ),
      );
      await until(
        () => readFiringRecord(database, jobs),
        ({ started }) => started >= 120,
      );
      expect(await Promise.all(daemons.map((daemon) => daemon.stop()))).toEqual([0, 0]);
      expect(await readFiringRecord(database, jobs)).toMatchObject({ ...everyFiringOnce, interrupted: 0 });
      for (const daemon of daemons) expect(daemon.logged('database.away')).toEqual([]);
    });
  });
});

async function through(url: string): Promise<string> {
  if (pgbouncerProgram === undefined) throw new Error('there is no PgBouncer');
  const bouncer = await startPgBouncer(pgbouncerProgram, url, 3);
  onTestFinished(() => bouncer.stop());
  return bouncer.url;
}

function urlOf(harness: DatabaseHarness, database: OpenDatabase): string {
  const config = harness.configOf(database);
  if (config.kind !== 'postgres') throw new Error('PgBouncer needs a server');
  return config.url;
}
