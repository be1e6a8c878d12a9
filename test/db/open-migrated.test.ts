import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/time/clock.ts';
import { onEachDatabase, onEmbedded } from '../support/databases.ts';
import { addHistory } from '../support/history-rows.ts';
import { visit } from '../support/program-database.ts';

onEachDatabase((harness) => {
  it('opens a migrated database and knows whose it is', async () => {
    const standalone = await harness.fresh();
    expect(standalone.mode).toBe('standalone');
    expect(standalone.storedZone).toBe('UTC');
    const attached = await harness.fresh({ attached: true });
    expect(attached.mode).toBe('attached');
    expect((await sql`select 1 as one`.execute(attached.db)).rows).toEqual([{ one: 1 }]);
  });

  it('gives every test its own database', async () => {
    const database = await harness.fresh();
    expect(await database.db.selectFrom('user').selectAll().execute()).toEqual([]);
    await database.db.insertInto('tag').values({ name: 'a', is_archived: false }).execute();
    const other = await harness.fresh();
    expect(await other.db.selectFrom('tag').selectAll().execute()).toEqual([]);
  });
});

onEmbedded((harness) => {
  it('ends what a process left running when the folder is opened, also one whose clock was ahead', async () => {
    const config = await harness.config();
    const now = systemClock.now().getTime();
    await visit(config, (database) =>
      addHistory(
        database,
        [-7_200_000, 7_200_000].map((ms, index) => ({
          job: `job-${index}`,
          status: 'running' as const,
          startedAt: new Date(now + ms),
          durationMs: null,
        })),
      ),
    );
    const left = await visit(config, ({ db }) =>
      sql`select status, reason, duration_ms > 0 as lasted, finished_at >= started_at as ordered
            from opsdeck_jobs.job_run order by started_at`.execute(db),
    );
    const ended = { status: 'interrupted', reason: 'runner_gone', ordered: true };
    expect(left.rows).toEqual([
      { ...ended, lasted: true },
      { ...ended, lasted: false },
    ]);
  });
});
