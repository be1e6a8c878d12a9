import type { Socket } from 'node:net';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/db/open-migrated.ts';
import { registerJobs } from '../../src/job/register-jobs.ts';
import { type DatabaseProxy, startDatabaseProxy } from '../support/database-proxy.ts';
import { onPostgres } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { startLoop } from '../support/loop.ts';
import { testEnvironment, testJob } from '../support/runner.ts';
import { until } from '../support/until.ts';

/** A proxy that cuts every connection when the answer to the first claim of firings comes, so that nobody hears it. */
async function startCuttingProxy(url: string): Promise<DatabaseProxy & { cuts(): number }> {
  const clients = new Set<Socket>();
  let cuts = 0;
  const proxy: DatabaseProxy = await startDatabaseProxy(url, (client) => {
    clients.add(client);
    client.on('data', (chunk) => {
      if (cuts > 0 || !chunk.includes('missed_to timestamptz')) return;
      cuts += 1;
      for (const upstream of [...proxy.sockets].filter((socket) => !clients.has(socket))) {
        upstream.unpipe().once('data', () => {
          for (const socket of proxy.sockets) socket.destroy();
        });
        upstream.resume();
      }
    });
    return true;
  });
  return { ...proxy, cuts: () => cuts };
}

onPostgres((harness) => {
  it('a claim whose answer was lost is not lost: its run begins when the database answers again', async () => {
    const job = testJob({ schedule: '0 9 * * *' });
    const clock = fakeClock('2026-11-24T00:00:00Z');
    const admin = await harness.fresh({ clock });
    await registerJobs(admin, testEnvironment(admin, [job]).config, [job]);
    const config = harness.configOf(admin);
    if (config.kind !== 'postgres') throw new Error('needs a server');
    const proxy = await startCuttingProxy(config.url);
    const database = await openDatabase(
      { kind: 'postgres', url: proxy.url },
      { applicationName: 'cut', waitMs: 0, storedTimezone: undefined, clock },
    );
    onTestFinished(async () => {
      await database.close();
      await proxy.close();
    });
    clock.set('2026-11-24T08:00:00Z');
    const { loop, environment } = startLoop(database, [job]);
    const rows = async () =>
      (
        await sql<{
          status: string;
          attempt: number;
        }>`select status, attempt from opsdeck_jobs.job_run`.execute(admin.db)
      ).rows;
    const found = await until(rows, (all) => all.some(({ status }) => status === 'succeeded'));
    expect(found).toEqual([{ status: 'succeeded', attempt: 1 }]);
    expect(proxy.cuts()).toBe(1);
    expect(environment.logged('database.away')).toHaveLength(1);
    await loop.stop(0);
  });
});
