import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { runManually } from '../../src/job/run-manually.ts';
import { onPostgres } from '../support/databases.ts';
import { testEnvironment, testJob } from '../support/runner.ts';

onPostgres((harness) => {
  it('a job with a database URL of its own works as that role, and not in another database that looks the same', async () => {
    const database = await harness.fresh();
    const where = harness.configOf(database);
    if (where.kind !== 'postgres') throw new Error('not a server');
    const role = `keeper_${process.pid}`;
    const url = new URL(where.url);
    url.username = role;
    const job = testJob({
      run: async ({ transaction, db }) => {
        const who = sql<{ who: string }>`select current_user as who`;
        const inside = await transaction(async (trx) => (await who.execute(trx)).rows[0]?.who ?? '');
        return { inside, outside: (await who.execute(db)).rows[0]?.who ?? '' };
      },
    });
    const run = (databaseUrl: string, dryRun: boolean) => {
      const jobConfigs = { sweep: { databaseUrl, settings: {}, params: {} } };
      return runManually(testEnvironment(database, [job], { jobConfigs }), {
        definition: job,
        params: {},
        dryRun,
        timeoutMs: undefined,
        waitMs: 0,
        ignorePause: false,
        allowEmpty: false,
      });
    };
    await sql.raw(`create role ${role} login`).execute(database.db);
    try {
      await sql.raw(`grant usage on schema opsdeck_jobs to ${role}`).execute(database.db);
      await sql
        .raw(`grant select, update on all tables in schema opsdeck_jobs to ${role}`)
        .execute(database.db);
      for (const dryRun of [false, true])
        expect(await run(url.href, dryRun)).toMatchObject({
          status: 'succeeded',
          result: { inside: role, outside: role },
        });
      const other = await harness.config();
      if (other.kind !== 'postgres') throw new Error('not a server');
      expect(await run(other.url, false)).toMatchObject({
        status: 'failed',
        exitCode: 2,
        fault: { code: 'another_database' },
      });
      const away = new URL(url.href);
      away.port = '1';
      expect(await run(away.href, false)).toMatchObject({ status: 'failed', exitCode: 6 });
    } finally {
      await sql.raw(`drop owned by ${role}`).execute(database.db);
      await sql.raw(`drop role ${role}`).execute(database.db);
    }
  });
});
