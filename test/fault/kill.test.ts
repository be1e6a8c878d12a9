import { tmpdir } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { onEachDatabase } from '../support/databases.ts';
import { worsen } from '../support/many-controls.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { environmentFor, fillCompany, visit } from '../support/program-database.ts';
import { nothingHalfWritten, readDriftRecord } from './drift-record.ts';

const kills = 6;

onEachDatabase((harness) => {
  it('kill -9 at any moment leaves a snapshot with its changes and messages, or none of them', async () => {
    const config = await harness.config();
    await fillCompany(config, 300);
    const options = { env: environmentFor(config), cwd: tmpdir() };
    const drift = ['run-job', 'compliance-drift', '--json'];
    const started = performance.now();
    const first = await runProgram(drift, options);
    expect(first).toMatchObject({ code: 0 });
    const wholeRun = performance.now() - started;

    await visit(config, (_database, runSql) => worsen(runSql, 0));
    let snapshots = 1;
    for (let kill = 0; kill < kills; kill += 1) {
      const { child, ended } = startProgram(drift, options);
      // Spread over the length of a run, so that the kills hit its different parts; which part does not matter.
      await Promise.race([wait((wholeRun * (kill + 1)) / kills), ended]);
      child.kill('SIGKILL');
      await ended;
      const record = await visit(config, async (database, runSql) => {
        const found = await readDriftRecord(database);
        // What a minute without a heartbeat does, without the minute.
        await sql`update opsdeck_jobs.job_run set heartbeat_at = now() - interval '2 minutes' where status = 'running'`.execute(
          database.db,
        );
        await worsen(runSql, kill + 1);
        return found;
      });
      expect(record).toMatchObject(nothingHalfWritten);
      expect(record.snapshots).toBe(record.auditRows);
      expect(record.snapshots - snapshots).toBeOneOf([0, 1]);
      snapshots = record.snapshots;
    }

    const last = await runProgram(drift, options);
    expect(last).toMatchObject({ code: 0 });
    const record = await visit(config, readDriftRecord);
    expect(record).toMatchObject({ ...nothingHalfWritten, snapshots: snapshots + 1, running: 0 });
    const verified = await runProgram(['verify', 'drift'], options);
    expect(verified).toMatchObject({ code: 0 });
  }, 600_000);

  it('two runs at the same moment store one snapshot, and the one that did not run reports it', async () => {
    const config = await harness.config();
    await fillCompany(config, 500);
    const options = { env: environmentFor(config), cwd: tmpdir() };
    const both = await Promise.all([
      runProgram(['run-job', 'compliance-drift', '--json'], options),
      runProgram(['run-job', 'compliance-drift', '--json'], options),
    ]);
    const record = await visit(config, readDriftRecord);
    const done = both.filter((program) => program.code === 0);
    // They may also have run one after the other, when the machine let the first end before the second began.
    expect(record).toMatchObject({ snapshots: done.length, running: 0 });
    for (const refused of both.filter((program) => program.code !== 0)) {
      expect(refused).toMatchObject({ code: 3, stderr: expect.stringMatching(/running|held|in use/) });
    }
    expect(done.length).toBeGreaterThan(0);
  });
});
