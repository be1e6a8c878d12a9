import { tmpdir } from 'node:os';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { DatabaseConfig } from '../../../../src/config/config.ts';
import type { OpenDatabase } from '../../../../src/db/database.ts';
import { openDatabase } from '../../../../src/db/open-migrated.ts';
import { onPostgres } from '../../../support/databases.ts';
import { lockWaits } from '../../../support/lock-waits.ts';
import { startProgram } from '../../../support/program.ts';
import { environmentFor } from '../../../support/program-database.ts';
import { startStatementCounter } from '../../../support/statement-counter.ts';
import { until } from '../../../support/until.ts';
import { newWorld, resultOf, type World } from '../world.ts';

/** Both sides are OpsDeck's own users, who are read under a lock that a test holds. */
const users = {
  source_a_type: 'Active Users',
  source_a_config: null,
  source_b_type: 'JSON',
  source_b_config:
    '{"json_data": [{"email": "ann@x.org", "role": "user"}, {"email": "eve@x.org", "role": "user"}]}',
  next_run_at: '2026-11-24 06:00:00',
} as const;

const stored = z.array(z.object({ status: z.string(), findings: z.int(), observations: z.int() }));

async function executions({ database }: World) {
  const { rows } = await sql`
    select e.status, (select count(*)::int from public.uar_finding f where f.execution_id = e.id) as findings,
           (select count(*)::int from opsdeck_jobs.uar_observation o where o.execution_id = e.id) as observations
      from public.uar_execution e order by e.id`.execute(database.db);
  return stored.parse(rows);
}

/** Keeps others from a table until the returned function is called. */
function hold(
  database: OpenDatabase,
  table: string,
  mode: 'access exclusive' | 'share',
): Promise<() => Promise<void>> {
  return new Promise((held, failed) => {
    const done = database.db.transaction().execute(async (trx) => {
      await sql`lock table ${sql.table(table)} in ${sql.raw(mode)} mode`.execute(trx);
      await new Promise<void>((release) => {
        held(async () => {
          release();
          await done;
        });
      });
    });
    done.catch(failed);
  });
}

const completed = { status: 'completed', findings: 1, observations: 1 };

onPostgres((harness) => {
  it('two runs at once: one executes a comparison, the other passes it over, and goes on with the next', async () => {
    const world = await newWorld(harness);
    await world.user('ann@x.org');
    const slow = await world.comparison('slow', users);
    const quick = await world.comparison('quick');
    const other = await harness.second(world.database, { clock: world.clock });
    const holder = await harness.second(world.database);

    const release = await hold(holder, 'public.user', 'access exclusive');
    const sweep = resultOf(world.run());
    await lockWaits(world.database);
    const now = await resultOf(world.runOn(other, { params: { comparison: slow } }));
    expect(now.reviews).toEqual([
      { comparison_id: slow, outcome: 'skipped', reason: 'Another run is executing it.' },
    ]);
    await release();
    expect((await sweep).reviews).toMatchObject([
      { comparison_id: slow, outcome: 'completed' },
      { comparison_id: quick, outcome: 'completed' },
    ]);
    expect(await executions(world)).toEqual([
      completed,
      { status: 'completed', findings: 0, observations: 0 },
    ]);
  });

  it('a run that was taken for dead stores nothing, and the one that took its comparison up does', async () => {
    const world = await newWorld(harness);
    await world.user('ann@x.org');
    const id = await world.comparison('slow', users);
    const other = await harness.second(world.database, { clock: world.clock });
    const holder = await harness.second(world.database);

    const release = await hold(holder, 'public.user', 'access exclusive');
    const dead = world.run();
    await lockWaits(world.database);
    await sql`update opsdeck_jobs.job_run set status = 'interrupted', finished_at = now()`.execute(
      world.database.db,
    );
    const before = await claimant(world);
    const taken = resultOf(world.runOn(other, { params: { comparison: id } }));
    await until(
      () => claimant(world),
      (run) => run !== before,
    );
    await release();
    expect((await taken).reviews).toMatchObject([{ outcome: 'completed', comparison_id: id }]);
    expect((await dead).outcome).toMatchObject({ status: 'interrupted', fault: { code: 'run_lost' } });
    expect(await executions(world)).toEqual([completed]);
  });

  it('kill -9 between the execution and its findings leaves nothing of either; the next run does it all', async () => {
    const world = await newWorld(harness);
    await world.user('ann@x.org');
    const id = await world.comparison('hr', users);
    const holder = await harness.second(world.database);
    const release = await hold(holder, 'public.uar_finding', 'share');
    const options = { env: environmentFor(harness.configOf(world.database)), cwd: tmpdir() };
    const { child, ended } = startProgram(
      ['run-job', 'uar', '--param', `comparison=${id}`, '--json'],
      options,
    );
    await lockWaits(world.database);
    child.kill('SIGKILL');
    await ended;
    await release();
    expect(await executions(world)).toEqual([]);
    // What a minute without a heartbeat does, without the minute.
    await sql`update opsdeck_jobs.job_run set heartbeat_at = now() - interval '2 minutes'`.execute(
      world.database.db,
    );
    expect((await resultOf(world.run({ params: { comparison: id } }))).reviews).toMatchObject([
      { outcome: 'completed' },
    ]);
    expect(await executions(world)).toEqual([completed]);
  });
});

onPostgres((harness) => {
  it('sends as many statements for 400 findings as for 4, stored and seen again', async () => {
    const world = await newWorld(harness);
    const counter = await startStatementCounter(urlOf(harness.configOf(world.database)));
    try {
      const counted = await openDatabase(
        { kind: 'postgres', url: counter.url },
        { applicationName: 'opsdeck-jobs tests', waitMs: 0, storedTimezone: undefined },
      );
      const statements: number[][] = [];
      // The first, in vain, registers the job and makes the notification event and its template.
      for (const findings of [1, 4, 400]) {
        const name = `n${findings}`;
        const id = await world.comparison(name, {
          auto_create_incidents: true,
          notification_channels: '["email"]',
          notification_recipients: '[{"type": "email", "value": "sec@x.org"}]',
        });
        const accounts = Array.from({ length: findings }, (_, n) => `p${n}@x.org:dev`);
        await world.sides(name, ['ann@x.org:dev'], ['ann@x.org:dev', ...accounts]);
        const now = { params: { comparison: id } };
        counter.take();
        const first = await resultOf(world.runOn(counted, now));
        const stored = counter.take();
        const second = await resultOf(world.runOn(counted, now));
        expect([first, second].map((one) => one.reviews[0])).toMatchObject([
          { new: { critical: findings }, messages: 1 },
          { new: { critical: 0 }, messages: 0 },
        ]);
        statements.push([stored, counter.take()]);
      }
      await counted.close();
      expect(statements[2]).toEqual(statements[1]);
    } finally {
      await counter.close();
    }
  });
});

function urlOf(config: DatabaseConfig): string {
  if (config.kind !== 'postgres') throw new Error('not a server');
  return config.url;
}

/** The run that works on the only comparison. */
async function claimant({ database }: World): Promise<string | null> {
  const row = await database.db
    .selectFrom('opsdeck_jobs.uar_comparison_state')
    .select('claimed_by')
    .executeTakeFirstOrThrow();
  return row.claimed_by;
}
