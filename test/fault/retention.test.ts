import { execFile } from 'node:child_process';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { type RunStep, runSteps } from '../../jobs/data-retention/run-step.ts';
import { everyRow, nothingLost } from '../jobs/data-retention/oracle.ts';
import {
  acceptAndRun,
  archivesIn,
  fillJournal,
  journal,
  keysOf,
  newDatabase,
  newFolder,
  policyOf,
  runRetention,
  start,
} from '../jobs/data-retention/world.ts';
import { buildProcess } from '../support/build-process.ts';
import { onEachDatabase, onPostgres } from '../support/databases.ts';
import { visit } from '../support/program-database.ts';
import { missingForSmallDisk, mountSmallDisk } from '../support/small-disk.ts';

const run = promisify(execFile);

const embeddedKills: readonly RunStep[] = ['renamed', 'deleted', 'committed'];

/** A run in a process of its own; the signal that ended it. */
async function retain(order: object): Promise<{ readonly signal: string | null; readonly stdout: string }> {
  const program = await buildProcess('retain');
  try {
    const { stdout } = await run(process.execPath, [program, JSON.stringify(order)]);
    return { signal: null, stdout };
  } catch (error) {
    const { signal, stdout, stderr } = z
      .object({ signal: z.string().nullable(), stdout: z.string(), stderr: z.string() })
      .parse(error);
    if (signal === null) throw new Error(stderr);
    return { signal, stdout };
  }
}

onEachDatabase((harness) => {
  it('kill -9 at any step loses no row and leaves none twice, and the next run goes on', async () => {
    const config = await harness.config();
    const folder = await newFolder();
    const settings = { ...journal({ archive_dir: folder, pause: '0ms' }, { batch_size: 5 }) };
    const before = await visit(config, async (database) => {
      await fillJournal(database, 60, 400);
      return everyRow(database, 'audit_log');
    });
    const order = { database: config, now: start, settings };
    await retain(order);
    let accept: string | undefined = 'audit_log:60';
    // A process takes the embedded database seconds to open: there, before, between and after what the database does.
    for (const step of harness.kind === 'embedded' ? embeddedKills : runSteps) {
      // The second time: one batch is done before, in every run but those that begin with nothing accepted.
      const killed = await retain({
        ...order,
        ...(accept === undefined ? {} : { accept }),
        kill: { step, time: 2 },
      });
      expect(killed.signal).toBe('SIGKILL');
      accept = undefined;
      // The embedded database knows by itself that its runner is gone; that no row was lost shows at the end, too.
      if (harness.kind === 'embedded') continue;
      await visit(config, async (database) => {
        expect(await nothingLost(database, 'audit_log')).toEqual({ rows: before, findings: [] });
        // What a minute without a heartbeat does, without the minute.
        await sql`update opsdeck_jobs.job_run set heartbeat_at = now() - interval '2 minutes' where status = 'running'`.execute(
          database.db,
        );
      });
    }
    const last = await retain(order);
    expect(JSON.parse(last.stdout)).toMatchObject({ status: 'succeeded' });
    await visit(config, async (database) => {
      expect(await keysOf(database, 'audit_log')).toEqual([]);
      expect(await nothingLost(database, 'audit_log')).toEqual({ rows: before, findings: [] });
      const { rows } = await sql<{
        n: number;
      }>`select count(*)::int as n from opsdeck_jobs.archive_manifest`.execute(database.db);
      // A file each, and no other; what the killed runs had left is gone.
      expect(await archivesIn(folder)).toHaveLength(rows[0]?.n ?? 0);
    });
  }, 120_000);

  it('an error at any step leaves every row where it was, or in its archive', async () => {
    const database = await newDatabase(harness);
    await fillJournal(database, 60, 400);
    const before = await everyRow(database, 'audit_log');
    const folder = await newFolder();
    const settings = journal({ archive_dir: folder }, { batch_size: 5 });
    const failAt = (wanted: RunStep, time: number) => {
      let times = 0;
      return async (step: RunStep) => {
        if (step === wanted) times += 1;
        if (step === wanted && times === time) throw new Error('it broke');
      };
    };
    expect(await acceptAndRun(database, { settings, onStep: failAt('selected', 2) })).toMatchObject({
      status: 'failed',
    });
    for (const step of runSteps.slice(1)) {
      const failed = await runRetention(database, { settings, onStep: failAt(step, 1) });
      expect(failed).toMatchObject({
        status: 'failed',
        fault: { message: expect.stringContaining('it broke') },
      });
      expect(await nothingLost(database, 'audit_log')).toEqual({ rows: before, findings: [] });
    }
    expect(policyOf(await runRetention(database, { settings }))).toMatchObject({ taken: 50 });
    expect(await nothingLost(database, 'audit_log')).toEqual({ rows: before, findings: [] });
  });

  it('deletes nothing while its folder is away, and nothing of anybody else in it ever', async () => {
    const database = await newDatabase(harness);
    await fillJournal(database, 4, 400);
    const folder = await newFolder();
    const foreign = `audit_log-00000000-0000-4000-8000-000000000000-00001.ndjson.gz`;
    await writeFile(join(folder, foreign), 'of another database');
    const settings = journal({ archive_dir: folder }, { batch_size: 2 });
    const away = `${folder}-away`;
    const lost = await acceptAndRun(database, {
      settings,
      onStep: async (step) => {
        if (step === 'selected') await rename(folder, away);
      },
    });
    onTestFinished(async () => {
      await rename(away, folder).catch(() => undefined);
    });
    expect(lost).toMatchObject({ status: 'failed', exitCode: 1, fault: { code: 'archive_failed' } });
    expect(await runRetention(database, { settings })).toMatchObject({
      fault: { code: 'archive_dir_unusable' },
    });
    expect(await keysOf(database, 'audit_log')).toHaveLength(4);
    await rename(away, folder);
    expect(policyOf(await runRetention(database, { settings }))).toMatchObject({ taken: 4 });
    expect(await archivesIn(folder)).toContain(foreign);
  });

  it('of two runs at the same moment one works, and the other says that it is running', async () => {
    const database = await newDatabase(harness);
    await fillJournal(database, 10, 400);
    const before = await everyRow(database, 'audit_log');
    const settings = journal({ archive_dir: await newFolder() }, { batch_size: 2 });
    let second: Promise<unknown> | undefined;
    const first = await acceptAndRun(database, {
      settings,
      onStep: async (step) => {
        if (step !== 'verified' || second !== undefined) return;
        second = runRetention(database, { settings });
        await second;
      },
    });
    expect(policyOf(first)).toMatchObject({ taken: 10 });
    expect(await second).toMatchObject({
      status: 'skipped',
      exitCode: 3,
      fault: { code: 'already_running' },
    });
    expect(await nothingLost(database, 'audit_log')).toEqual({ rows: before, findings: [] });
  });

  const missing = missingForSmallDisk();
  it.skipIf(missing !== undefined)('a full disk under the archives costs the run and no row', async () => {
    const disk = await mountSmallDisk(4);
    onTestFinished(disk.remove);
    const database = await newDatabase(harness);
    await fillJournal(database, 400, 400);
    await sql`update audit_log set entity_repr = (select string_agg(md5(random()::text), '') from generate_series(1, 7) where id > 0)`.execute(
      database.db,
    );
    const before = await everyRow(database, 'audit_log');
    const settings = journal({ archive_dir: disk.path }, { batch_size: 200 });
    await disk.fill(4096);
    expect(await acceptAndRun(database, { settings })).toMatchObject({
      status: 'failed',
      fault: { code: 'archive_failed', message: expect.stringContaining('the disk is full') },
    });
    expect(await nothingLost(database, 'audit_log')).toEqual({ rows: before, findings: [] });
    expect(await archivesIn(disk.path)).toEqual(['ballast']);
    await disk.drain();
    expect(policyOf(await runRetention(database, { settings }))).toMatchObject({ taken: 400 });
    expect(await nothingLost(database, 'audit_log')).toEqual({ rows: before, findings: [] });
  });
});

onPostgres((harness) => {
  describe('with several connections', () => {
    it('leaves a batch whose rows somebody holds, and goes on with the others', async () => {
      const database = await newDatabase(harness);
      const other = await harness.second(database);
      await fillJournal(database, 6, 400);
      const before = await everyRow(database, 'audit_log');
      const settings = journal({ archive_dir: await newFolder(), lock_timeout: '100ms' }, { batch_size: 2 });
      const locker = await other.db.startTransaction().execute();
      await sql`select from audit_log where id = 3 for update`.execute(locker);
      const outcome = await acceptAndRun(database, { settings });
      expect(policyOf(outcome)).toMatchObject({ taken: 4, busy_batches: 1 });
      await locker.rollback().execute();
      expect(await keysOf(database, 'audit_log')).toEqual([3, 4]);
      expect(await nothingLost(database, 'audit_log')).toEqual({ rows: before, findings: [] });
    });
  });
});
