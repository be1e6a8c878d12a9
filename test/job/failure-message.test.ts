import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { ExitCode } from '../../src/errors/exit-code.ts';
import { checkFailures } from '../../src/job/failure-alerts.ts';
import { registerJobs } from '../../src/job/register-jobs.ts';
import { runScheduled } from '../../src/scheduler/run-scheduled.ts';
import { addUser } from '../notify/queue.ts';
import { onEachDatabase } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { testEnvironment, testJob } from '../support/runner.ts';

onEachDatabase((harness) => {
  it('a streak: the next step of the run, then since when, how often and what was lost, in one thread', async () => {
    const clock = fakeClock('2026-11-24T09:00:00Z');
    const database = await harness.fresh({ clock });
    let works = false;
    const definition = {
      ...testJob({ schedule: '0 10 * * *' }),
      faultOf: () =>
        works
          ? null
          : {
              code: 'rate_held',
              message: 'The rate of USD is quarantined. It moved by 31 %.',
              next: 'Accept it with `rates accept USD`.',
              exitCode: ExitCode.failed,
            },
      failureEffect: () => 'Costs are not converted.',
    };
    const environment = testEnvironment(database, [definition], {
      jobConfigs: { sweep: { timezone: 'UTC', params: {}, settings: {} } },
    });
    await registerJobs(database, environment.config, [definition]);
    await addUser(database, 'admin@example.org', { role: 'admin' });
    for (const day of [24, 25, 26]) {
      works = day === 26;
      clock.set(`2026-11-${day}T10:00:00Z`);
      await runScheduled(environment, { definition, timeoutMs: undefined, allowEmpty: false });
      clock.advance(60_000);
      await checkFailures(environment, [definition]);
    }
    const { rows } = await sql<{ context: Record<string, unknown> }>`
      select context from opsdeck_jobs.message order by created_at`.execute(database.db);
    const [first, second, over] = rows.map(({ context }) => context);
    expect(first).toMatchObject({
      next: 'Accept it with `rates accept USD`.',
      headline: 'The rate of USD is quarantined',
      mail_thread: { begins: true },
    });
    const thread = { key: `job-failed:sweep:${String(first?.['streak'])}`, begins: false };
    expect(second).toMatchObject({ still: true, failures: 2, mail_thread: thread });
    expect(over).toMatchObject({
      last_success: 'Thursday 26 November 2026, 11:00',
      failing_since: 'Tuesday 24 November 2026, 11:00',
      failures: 2,
      missed: 0,
      effect: 'Costs are not converted.',
      mail_thread: thread,
    });
  });
});
