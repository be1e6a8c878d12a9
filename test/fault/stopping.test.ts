import { tmpdir } from 'node:os';
import { sql } from 'kysely';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import type { OpenDatabase } from '../../src/db/database.ts';
import { readRunners } from '../../src/scheduler/runners.ts';
import { type DatabaseHarness, onPostgres } from '../support/databases.ts';
import { lockWaits } from '../support/lock-waits.ts';
import { fillManyControls } from '../support/many-controls.ts';
import { type RunningProgram, startProgram } from '../support/program.ts';
import { environmentFor } from '../support/program-database.ts';

const cycles = 50;

onPostgres((harness) => {
  it(`${cycles} starts and stops of the daemon leave no run running and no daemon that counts as alive`, async () => {
    const database = await harness.fresh();
    const start = starter(harness, database);
    // The provider of exchange rates is away at once, wherever this runs: a stop would wait for a network that keeps silent.
    await sql`
      insert into finance_settings (api_provider, api_endpoint, base_currency)
      values ('frankfurter', 'http://127.0.0.1:9/latest', 'EUR')`.execute(database.db);
    const cycle = async (until: 'daemon.started' | 'job.started') => {
      // Everything is due at each start, so that the order to stop comes at any moment of a run. In the order in which the
      // daemons take the rows.
      await sql`
        with locked as (select job from opsdeck_jobs.job_state order by job for update)
        update opsdeck_jobs.job_state s set last_scheduled_for = now() - interval '8 days'
          from locked where s.job = locked.job`.execute(database.db);
      const program = start(['daemon'], {});
      await said(program, until);
      program.child.kill('SIGTERM');
      const { code, stderr } = await program.ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    };
    // The first one registers the jobs: without their rows nothing could be due.
    await cycle('daemon.started');
    // Alone: what is due is this one's, so that it is stopped in the middle of runs.
    await cycle('job.started');
    let left = cycles - 2;
    const lane = async () => {
      while (left > 0) {
        left -= 1;
        await cycle('daemon.started');
      }
    };
    await Promise.all([lane(), lane()]);
    const { rows } = await sql<{ runs: number; running: number }>`
      select count(*)::integer as runs, count(*) filter (where status = 'running')::integer as running
        from opsdeck_jobs.job_run`.execute(database.db);
    expect(rows[0]?.running).toBe(0);
    expect(rows[0]?.runs).toBeGreaterThan(0);
    expect(await readRunners(database.db)).toEqual([]);
  }, 300_000);

  it('SIGTERM in the middle of a long run-job: exit 143, and the run is recorded as interrupted', async () => {
    const database = await harness.fresh();
    await holdDrift(harness, database);
    const program = starter(harness, database)(['run-job', 'compliance-drift', '--json'], {});
    await lockWaits(database);
    program.child.kill('SIGTERM');
    const { code, stdout } = await program.ended;
    expect(code).toBe(143);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'interrupted', error: { code: 'interrupted' } });
    expect(await statuses(database)).toEqual(['interrupted']);
  });

  it('SIGTERM of a daemon in the middle of a long run: after shutdown_grace it is interrupted, and the exit is clean', async () => {
    const database = await harness.fresh();
    await holdDrift(harness, database);
    const program = await startDue(harness, database, '1s');
    await lockWaits(database);
    program.child.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
    expect(await statuses(database)).toEqual(['interrupted']);
    expect(await readRunners(database.db)).toEqual([]);
  });

  it('a second SIGTERM ends the daemon at once; its run is left to its heartbeat', async () => {
    const database = await harness.fresh();
    await holdDrift(harness, database);
    const program = await startDue(harness, database, '10m');
    await lockWaits(database);
    program.child.kill('SIGTERM');
    await said(program, 'daemon.stopping');
    program.child.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 143 });
    expect(await statuses(database)).toEqual(['running']);
  });
});

function starter(harness: DatabaseHarness, database: OpenDatabase) {
  const env = environmentFor(harness.configOf(database));
  return (args: readonly string[], more: Readonly<Record<string, string>>): RunningProgram => {
    const program = startProgram(args, { cwd: tmpdir(), env: { ...env, ...more } });
    onTestFinished(() => void program.child.kill('SIGKILL'));
    return program;
  };
}

/** A daemon whose compliance-drift is due. */
async function startDue(
  harness: DatabaseHarness,
  database: OpenDatabase,
  shutdownGrace: string,
): Promise<RunningProgram> {
  const program = starter(harness, database)(['daemon', '--only', 'compliance-drift'], {
    OPSDECK_JOBS_SHUTDOWN_GRACE: shutdownGrace,
  });
  await said(program, 'daemon.started');
  await sql`update opsdeck_jobs.job_state set last_scheduled_for = now() - interval '8 days'`.execute(
    database.db,
  );
  return program;
}

/** Makes compliance-drift wait for a table. */
async function holdDrift(harness: DatabaseHarness, database: OpenDatabase): Promise<void> {
  await fillManyControls((statement) => sql.raw(statement).execute(database.db), 20);
  const config = harness.configOf(database);
  if (config.kind !== 'postgres') throw new Error('a lock needs a second connection');
  // Not one of the harness: it would be waited for.
  const holder = new pg.Client({ connectionString: config.url });
  holder.on('error', () => undefined);
  await holder.connect();
  await holder.query('begin');
  await holder.query('lock table framework_control in access exclusive mode');
}

/** Of the runs that were started. Whether the days since the last firing hold one firing or two, the calendar decides; the older one is `missed`. */
async function statuses(database: OpenDatabase): Promise<readonly string[]> {
  const { rows } = await sql<{ status: string }>`
    select status from opsdeck_jobs.job_run where status <> 'missed'`.execute(database.db);
  return rows.map(({ status }) => status);
}

/** Resolves when the program has logged this. */
function said({ child, ended }: RunningProgram, action: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (more: string) => {
      text += more;
      if (text.includes(`"event.action":"${action}"`)) resolve();
    });
    void ended.then(({ stderr }) => reject(new Error(`it ended before ${action}: ${text}${stderr}`)));
  });
}
