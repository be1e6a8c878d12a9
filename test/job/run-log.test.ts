import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { Secrets } from '../../src/config/secrets.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import type { LogRecord } from '../../src/db/tables/runs.ts';
import { findRun } from '../../src/job/run-history.ts';
import { LastRecords } from '../../src/job/run-log/last-records.ts';
import { readLine } from '../../src/job/run-log/log-line.ts';
import { saveLog } from '../../src/job/run-log/save-log.ts';
import { runManually } from '../../src/job/run-manually.ts';
import { onEachDatabase } from '../support/databases.ts';
import { testEnvironment, testJob } from '../support/runner.ts';

const byHand = {
  ...{ params: {}, dryRun: false, timeoutMs: undefined, waitMs: 0, ignorePause: false, allowEmpty: false },
};

async function storedLogs(database: OpenDatabase): Promise<number> {
  const { rows } = await sql`select from opsdeck_jobs.run_log`.execute(database.db);
  return rows.length;
}

onEachDatabase((harness) => {
  describe('the log of a run', () => {
    it('is stored without secrets, from info up, with what an error was; a run that logs nothing leaves none', async () => {
      const database = await harness.fresh();
      const job = testJob({
        run: async ({ logger, params }) => {
          if (params['limit'] === undefined) return {};
          logger.debug('not for later');
          logger.info({ 'labels.rows': 3, nested: { key: 'hunter22' }, level: 'x', msg: 7 }, 'read \0 rows');
          logger.warn({ err: new Error('refused hunter22') }, 'postgres://ana:pw@host is away');
          logger.error({ err: 'a text' }, 'failed');
          throw new Error('no luck');
        },
      });
      const environment = { ...testEnvironment(database, [job]), secrets: new Secrets(['hunter22']) };
      const request = { definition: job, ...byHand };
      await runManually(environment, request);
      await runManually(environment, { ...request, params: { limit: 1 }, dryRun: true });
      expect(await storedLogs(database)).toBe(0);
      const { runId } = await runManually(environment, { ...request, params: { limit: 1 } });
      const { log, logged } = await findRun(database.db, runId);
      expect(log).toMatchObject([
        {
          level: 'info',
          message: 'read \ufffd rows',
          fields: { 'labels.rows': 3, nested: { key: '[secret]' } },
        },
        {
          level: 'warn',
          message: 'postgres://ana:[secret]@host is away',
          fields: { 'error.type': 'Error', 'error.message': 'refused [secret]' },
        },
        { level: 'error', message: 'failed', fields: { 'error.message': 'a text' } },
      ]);
      expect(JSON.stringify(log)).not.toContain('hunter22');
      expect(logged).toBe(3);
    });

    it('is stored while the run is going, the newest state whatever comes late, and not for a run that was pruned', async () => {
      const database = await harness.fresh();
      const job = testJob({
        run: async ({ logger, runId }) => {
          logger.info('begun');
          while ((await findRun(database.db, runId)).logged === 0) await database.clock.now();
          logger.info('seen by others');
          return { swept: 1 };
        },
      });
      const environment = { ...testEnvironment(database, [job]), saveLogMs: 5 };
      const { runId, status } = await runManually(environment, { definition: job, ...byHand });
      expect(status).toBe('succeeded');
      const after = await findRun(database.db, runId);
      expect(after.log.map(({ message }) => message)).toEqual(['begun', 'seen by others']);
      await saveLog(database.db, runId, { logged: 1, records: [] });
      expect((await findRun(database.db, runId)).logged).toBe(2);
      await sql`delete from opsdeck_jobs.job_run`.execute(database.db);
      await saveLog(database.db, runId, { logged: 9, records: [] });
      expect(await storedLogs(database)).toBe(0);
    });

    it('that cannot be stored fails no run', async () => {
      const database = await harness.fresh();
      await sql`alter table opsdeck_jobs.run_log rename to elsewhere`.execute(database.db);
      const job = testJob({
        run: async ({ logger }) => {
          logger.info('begun');
          return { swept: 1 };
        },
      });
      const environment = testEnvironment(database, [job]);
      expect(await runManually(environment, { definition: job, ...byHand })).toMatchObject({
        status: 'succeeded',
        exitCode: 0,
      });
    });
  });
});

const record = (message: string, fields: LogRecord['fields'] = {}): LogRecord => ({
  at: '2026-11-24T08:00:00.000Z',
  level: 'info',
  message,
  fields,
});

it('keeps the last 200 records, 64 KB at most, and the beginning of a long text', () => {
  const last = new LastRecords();
  for (let index = 1; index <= 250; index += 1) last.add(record(`line ${index}`));
  expect([last.records.length, last.records[0]?.message, last.logged]).toEqual([200, 'line 51', 250]);
  for (let index = 1; index <= 100; index += 1) last.add(record('é'.repeat(5000)));
  expect(Buffer.byteLength(JSON.stringify(last.records))).toBeLessThanOrEqual(64 * 1024);
  expect(last.records.length).toBeGreaterThan(5);
  expect(last.records.at(-1)?.message).toMatch(/^é{4000} \[…\]$/);
  last.add(record('many', { list: Array.from({ length: 9000 }, () => 1) }));
  expect(last.records.at(-1)).toEqual(record('many'));
});

it.each([
  ['{"level":30,"msg":"a","x":1}', { level: 'info', text: 'a', fields: { x: 1 } }],
  ['{"level":60}', { level: 'fatal', text: '', fields: {} }],
  [
    '{"level":"mine","msg":{"a":1},"err":null}',
    { level: 'info', text: '{"a":1}', fields: { 'error.message': 'null' } },
  ],
])('reads the line %s', (line, expected) => {
  expect(readLine(line)).toEqual(expected);
});
