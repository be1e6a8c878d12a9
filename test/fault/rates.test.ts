import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { ecbXml } from '../jobs/exchange-rates/provider-answers.ts';
import { onPostgres } from '../support/databases.ts';
import { lockWaits } from '../support/lock-waits.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { environmentFor, visit } from '../support/program-database.ts';

onPostgres((harness) => {
  it('kill -9 after the rates are written and before they are committed leaves none of them, and the next run all', async () => {
    const config = await harness.config();
    const cwd = await mkdtemp(join(tmpdir(), 'rates-'));
    onTestFinished(() => rm(cwd, { recursive: true }));
    await writeFile(join(cwd, 'ecb.xml'), ecbXml({ '2026-11-23': { USD: '1.05', JPY: '160.10' } }));
    const options = { env: environmentFor(config), cwd };
    // The path is relative to where the command was typed.
    const args = ['run-job', 'exchange-rates', '--param', 'file=ecb.xml', '--json'];
    const rows = async () =>
      visit(config, async ({ db }) => {
        const counted = await sql<{ fx: number; opsdeck: number; settings: number }>`
          select (select count(*)::int from opsdeck_jobs.fx_rate) as fx,
                 (select count(*)::int from exchange_rate) as opsdeck,
                 (select count(*)::int from finance_settings) as settings`.execute(db);
        return counted.rows[0];
      });
    await visit(config, async (database) => {
      // What the run writes last is locked, so that it waits there, with everything else written.
      await database.db.transaction().execute(async (trx) => {
        await sql`lock table finance_settings in share row exclusive mode`.execute(trx);
        const { child, ended } = startProgram(args, options);
        await lockWaits(database);
        child.kill('SIGKILL');
        await ended;
      });
      await sql`update opsdeck_jobs.job_run set heartbeat_at = now() - interval '2 minutes' where status = 'running'`.execute(
        database.db,
      );
    });
    expect(await rows()).toEqual({ fx: 0, opsdeck: 0, settings: 0 });
    expect(await runProgram(args, options)).toMatchObject({ code: 0 });
    expect(await rows()).toEqual({ fx: 2, opsdeck: 3, settings: 1 });
  });
});
