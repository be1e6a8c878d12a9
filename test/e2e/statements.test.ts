import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { onPostgres } from '../support/databases.ts';
import { worsen } from '../support/many-controls.ts';
import { runProgram } from '../support/program.ts';
import { environmentFor, fillCompany, visit } from '../support/program-database.ts';
import { startStatementCounter } from '../support/statement-counter.ts';

onPostgres((harness) => {
  it('a whole run, alerts included, sends at most 22 statements, and as many for ten times the controls', async () => {
    const counts: number[] = [];
    for (const controls of [100, 1000]) {
      const config = await harness.config();
      await fillCompany(config, controls);
      const env = environmentFor(config);
      const drift = ['run-job', 'compliance-drift', '--json'];
      expect(await runProgram(drift, { cwd: tmpdir(), env })).toMatchObject({ code: 0 });
      await visit(config, (_database, runSql) => worsen(runSql, 1));

      const counter = await startStatementCounter(env['DATABASE_URL'] ?? '');
      try {
        const counted = await runProgram(drift, {
          cwd: tmpdir(),
          env: { ...env, DATABASE_URL: counter.url },
        });
        expect(JSON.parse(counted.stdout)).toMatchObject({
          status: 'succeeded',
          result: { messages_queued: 1 },
        });
        counts.push(counter.take());
      } finally {
        await counter.close();
      }
    }
    // The last two store what the run logged, and look whether this success ends a streak of failures.
    expect(counts[0]).toBeLessThanOrEqual(22);
    expect(counts[1]).toBe(counts[0]);
  });
});
