import { chown, cp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DatabaseConfig } from '../../src/config/config.ts';
import { onEachDatabase, onEmbedded } from '../support/databases.ts';
import { jobsFolder, jobText, workingFolder } from '../support/job-files.ts';
import { worsen } from '../support/many-controls.ts';
import { runProgram, said, startProgram } from '../support/program.ts';
import { environmentFor, fillCompany, visit } from '../support/program-database.ts';
import { missingForSmallDisk, mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { nothingHalfWritten, readDriftRecord } from './drift-record.ts';

const missing = missingForSmallDisk();

describe.skipIf(missing !== undefined)(`needs ${missing ?? 'a file system of its own'}`, () => {
  onEachDatabase((harness) => {
    it('a disk that fills up while the snapshot is written costs the run and nothing else', async () => {
      const disk = await mountSmallDisk(400);
      onTestFinished(disk.remove);
      const config = await onDisk(await harness.config(), disk);
      await fillCompany(config, 2000);
      const options = { env: environmentFor(config), cwd: tmpdir() };
      const drift = ['run-job', 'compliance-drift', '--json'];
      expect(await runProgram(drift, options)).toMatchObject({ code: 0 });
      await visit(config, (_database, runSql) => worsen(runSql, 1));

      await disk.fill(48 * 1024);
      const full = await runProgram(drift, options);
      expect(full).toMatchObject({ code: 6, stderr: expect.stringMatching(/disk|space/i) });

      await disk.drain();
      expect(await visit(config, readDriftRecord)).toMatchObject({ ...nothingHalfWritten, snapshots: 1 });
      expect(await runProgram(drift, options)).toMatchObject({ code: 0 });
      expect(await visit(config, readDriftRecord)).toMatchObject({ ...nothingHalfWritten, snapshots: 2 });
    }, 300_000);
  });

  onEmbedded((harness) => {
    it('a daemon whose disk is full runs jobs again, by itself, when there is space', async () => {
      const disk = await mountSmallDisk(160);
      onTestFinished(disk.remove);
      const env = environmentFor(await onDisk(await harness.config(), disk));
      const options = { env, cwd: workingFolder({ jobs_dirs: [jobsFolder({ 'many-rows.mjs': manyRows })] }) };
      const daemon = startProgram(['daemon'], options);
      onTestFinished(async () => {
        daemon.child.kill('SIGTERM');
        expect((await daemon.ended).code).toBe(0);
      });
      await said(daemon, 'stdout', '"daemon.started"');

      await disk.fill(4 * 1024 * 1024);
      expect(await runProgram(['run-job', 'many-rows'], options)).toMatchObject({
        code: 6,
        stderr: expect.stringMatching(/The disk of the .* is full/),
      });
      await disk.drain();
      // Until the daemon has recorded the end of the first.
      const again = await runProgram(['run-job', 'many-rows', '--wait', '1m'], options);
      expect(again).toMatchObject({ code: 0 });
      const history = await runProgram(['runs', 'list', 'many-rows', '--json'], options);
      expect(JSON.parse(history.stdout).runs).toMatchObject([
        { status: 'succeeded' },
        { status: 'failed', error: { code: 'database_full' } },
      ]);
      expect(daemon.child.exitCode).toBeNull();
    }, 120_000);
  });
});

/** More than is left on the full disk. */
const manyRows = jobText('many-rows', {
  params: 'z.strictObject({})',
  requires: '{}',
  present: '() => []',
  run: `async ({ transaction }) => transaction(async (trx) => {
    await sql\`create table many_rows as select md5(i::text) as text from generate_series(1, 200000) as i\`.execute(trx);
    return {};
  })`,
});

/** Moves the embedded data folder, or the table of the snapshots, to the small disk. */
async function onDisk(config: DatabaseConfig, disk: SmallDisk): Promise<DatabaseConfig> {
  if (config.kind === 'embedded') {
    const dataDir = join(disk.path, 'data');
    await cp(config.dataDir, dataDir, { recursive: true });
    return { kind: 'embedded', dataDir };
  }
  await visit(config, async (database, runSql) => {
    // The server wants the folder of a tablespace for itself.
    const { rows } = await sql<{
      folder: string;
    }>`select current_setting('data_directory') as folder`.execute(database.db);
    const { uid, gid } = await stat(rows[0]?.folder ?? '');
    await chown(disk.path, uid, gid);
    const name = `small_disk_${process.pid}`;
    await runSql(`create tablespace ${name} location '${disk.path}'`);
    await runSql(`alter table compliance_audit set tablespace ${name}`);
  });
  return config;
}
