import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { type RunStep, runSteps } from '../../jobs/data-retention/batch/run-step.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/open-migrated.ts';
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
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { type DatabaseHarness, onEachDatabase, onPostgres } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { visit } from '../support/program-database.ts';
import { missingForSmallDisk, mountSmallDisk } from '../support/small-disk.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);

/** Root may write where nobody may, but not under this program. */
const withoutRootsRights =
  process.getuid?.() === 0 ? ['/usr/bin/setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [];
const canBeForbidden =
  process.platform === 'linux' && withoutRootsRights.slice(0, 1).every((program) => existsSync(program));

const embeddedKills: readonly RunStep[] = ['renamed', 'deleted', 'committed'];

/** A run in a process of its own, under the programs of `before`; the signal that ended it. */
async function retain(
  order: object,
  before: readonly string[] = [],
): Promise<{ readonly signal: string | null; readonly stdout: string }> {
  const program = await buildProcess('retain');
  try {
    const [file, ...args] = [...before, process.execPath, program, JSON.stringify(order)];
    const { stdout } = await run(file ?? process.execPath, args);
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

  it('of two runs at the same moment one works, and the other reports that it is running', async () => {
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

  it.skipIf(missing !== undefined)(
    'a disk that becomes read-only under the archives costs the run and no row, and each error reports what is true',
    async () => {
      const disk = await mountSmallDisk(4);
      onTestFinished(disk.remove);
      const database = await newDatabase(harness);
      await fillJournal(database, 4, 400);
      const before = await everyRow(database, 'audit_log');
      const settings = journal({ archive_dir: disk.path });
      const readOnlyAt = (wanted: RunStep) => async (step: RunStep) => {
        if (step === wanted) await disk.remount('ro');
      };
      const written = await acceptAndRun(database, { settings, onStep: readOnlyAt('selected') });
      expect(written).toMatchObject({
        exitCode: 1,
        fault: {
          code: 'archive_failed',
          message: expect.stringMatching(/the file system is read-only\. Its rows stay in the table\.$/),
        },
      });
      expect(await runRetention(database, { settings })).toMatchObject({
        exitCode: 1,
        fault: {
          code: 'archive_dir_unusable',
          message: `archive_dir ${disk.path} cannot be used: the file system is read-only. Nothing was deleted.`,
        },
      });
      expect(await keysOf(database, 'audit_log')).toHaveLength(4);

      await disk.remount('rw');
      // The rows are gone by then, and the archive that has them is whole.
      const late = await runRetention(database, { settings, onStep: readOnlyAt('committed') });
      expect(late).toMatchObject({
        exitCode: 1,
        fault: {
          code: 'manifest_not_written',
          message: expect.stringMatching(/the file system is read-only\. Its archive is whole/),
        },
      });
      expect(policyOf(late)).toMatchObject({ taken: 4, archives: 1 });
      expect(await readdir(disk.path)).toHaveLength(1);
      expect(await nothingLost(database, 'audit_log')).toEqual({ rows: before, findings: [] });
      await disk.remount('rw');
      expect(policyOf(await runRetention(database, { settings }))).toMatchObject({ due: 0 });
      expect(await readdir(disk.path)).toHaveLength(2);
    },
  );
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

    it.skipIf(!canBeForbidden)(
      'a folder that may not be written to is reported before anything is taken',
      async () => {
        const database = await newDatabase(harness);
        await fillJournal(database, 4, 400);
        const folder = await newFolder();
        await chmod(folder, 0o500);
        const order = {
          database: harness.configOf(database),
          now: start,
          settings: journal({ archive_dir: folder }),
        };
        const { stdout } = await retain(order, withoutRootsRights);
        expect(JSON.parse(stdout)).toMatchObject({
          exitCode: 1,
          fault: {
            code: 'archive_dir_unusable',
            message: `archive_dir ${folder} cannot be used: permission denied. Nothing was deleted.`,
          },
        });
        expect(await keysOf(database, 'audit_log')).toHaveLength(4);
      },
    );

    it.each(['commits after all', 'rolls back'] as const)(
      'keeps an archive while it is unknown whether its batch will commit: the connection is lost, and the server %s',
      async (end) => {
        const direct = await newDatabase(harness);
        const other = await harness.second(direct);
        await fillJournal(direct, 4, 400);
        const before = await everyRow(direct, 'audit_log');
        const through = await openThroughProxy(harness, direct);
        const folder = await newFolder();
        const settings = journal({ archive_dir: folder, lock_timeout: '1m' });
        await runRetention(direct, { settings });
        const commitMayEnd = await holdCommits(other);
        const run = runRetention(through.database, { settings, accept: 'audit_log:4' });

        try {
          const backend = await until(
            () => waitingFor(direct, 'advisory'),
            (found) => found !== undefined,
          );
          through.cut(backend?.client_port);
          // Without waiting the removal would see no manifest, and the file would go.
          await until(
            async () =>
              (await waitingFor(direct, 'relation')) !== undefined || (await archivesIn(folder)).length === 0,
            (settled) => settled,
          );
          expect(await archivesIn(folder)).toHaveLength(1);
          if (end === 'rolls back')
            await sql`select pg_terminate_backend(${backend?.pid ?? 0}::int)`.execute(direct.db);
        } finally {
          await commitMayEnd();
        }
        expect(await run).toMatchObject({ status: 'failed', exitCode: 6 });
        const committed = end === 'commits after all';
        expect(await keysOf(direct, 'audit_log')).toHaveLength(committed ? 0 : 4);
        expect(await archivesIn(folder)).toHaveLength(committed ? 1 : 0);
        expect(await nothingLost(direct, 'audit_log')).toEqual({ rows: before, findings: [] });
        // It goes on, and writes the manifest beside the archive where that was missed.
        expect(policyOf(await runRetention(direct, { settings }))).toMatchObject({
          taken: committed ? 0 : 4,
        });
        expect(await readdir(folder)).toHaveLength(2);
        expect(await nothingLost(direct, 'audit_log')).toEqual({ rows: before, findings: [] });
      },
    );
  });
});

/** The same database through a proxy that can cut a single connection, as the server knows it by its port. */
async function openThroughProxy(harness: DatabaseHarness, database: OpenDatabase) {
  const config = harness.configOf(database);
  if (config.kind !== 'postgres') throw new Error('a proxy needs a server');
  const proxy = await startDatabaseProxy(config.url, () => true);
  onTestFinished(() => proxy.close());
  const opened = await openDatabase(
    { kind: 'postgres', url: proxy.url },
    {
      applicationName: 'opsdeck-jobs tests',
      waitMs: 0,
      storedTimezone: undefined,
      clock: fakeClock(start),
    },
  );
  onTestFinished(() => opened.close());
  return {
    database: opened,
    cut: (port: number | undefined) => {
      for (const socket of proxy.sockets) if (socket.localPort === port) socket.destroy();
    },
  };
}

/** From here on a commit of a manifest stands still on the server, until what this answers is called. */
async function holdCommits({ db }: OpenDatabase): Promise<() => Promise<void>> {
  await sql`create function stand_still() returns trigger language plpgsql as $$
    begin perform pg_advisory_xact_lock_shared(4711); return null; end $$`.execute(db);
  await sql`create constraint trigger stand_still after insert on opsdeck_jobs.archive_manifest
    deferrable initially deferred for each row execute function stand_still()`.execute(db);
  const holder = await db.startTransaction().execute();
  await sql`select pg_advisory_xact_lock(4711)`.execute(holder);
  return async () => {
    if (!holder.isRolledBack) await holder.rollback().execute();
  };
}

/** Whose statement waits for a lock of that kind in this database. */
async function waitingFor({ db }: OpenDatabase, kind: 'advisory' | 'relation') {
  const { rows } = await sql<{ pid: number; client_port: number }>`
    select a.pid, a.client_port from pg_stat_activity a join pg_locks l on l.pid = a.pid
     where a.datname = current_database() and not l.granted and l.locktype = ${kind}`.execute(db);
  return rows[0];
}
