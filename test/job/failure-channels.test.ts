import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { failedChannels } from '../../jobs/communications/failed-channels.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { ExitCode } from '../../src/errors/exit-code.ts';
import { checkFailures } from '../../src/job/failure-alerts.ts';
import { registerJobs } from '../../src/job/register-jobs.ts';
import type { Channel } from '../../src/notify/channels/names.ts';
import { runScheduled } from '../../src/scheduler/run-scheduled.ts';
import { addUser } from '../notify/queue.ts';
import { onEachDatabase } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { testEnvironment, testJob } from '../support/runner.ts';

async function queuedChannels(database: OpenDatabase): Promise<readonly string[]> {
  const { rows } = await sql<{ channel: string }>`
    select channel from opsdeck_jobs.message order by channel`.execute(database.db);
  return rows.map(({ channel }) => channel);
}

onEachDatabase((harness) => {
  /** A job that fails every five minutes, and says that these channels did. */
  const begin = async (failed: readonly Channel[], channels: string) => {
    const clock = fakeClock('2026-11-24T12:00:00Z');
    const database = await harness.fresh({ clock });
    const works: { now: boolean; through: readonly Channel[] } = { now: false, through: [] };
    const definition = {
      ...testJob({ schedule: '*/5 * * * *' }),
      faultOf: () => (works.now ? null : { code: 'away', message: 'It is away.', exitCode: ExitCode.failed }),
      failedChannels: () => failed,
      workingChannels: () => works.through,
    };
    const environment = testEnvironment(database, [definition]);
    await registerJobs(database, environment.config, [definition]);
    await addUser(database, 'admin@example.org');
    await sql`
      insert into notification_event (event_code, name, enabled, channels, days_offset)
      values ('JOB_FAILED', 'Job failed', true, ${channels}::json, 0)`.execute(database.db);
    const fail = async () => {
      clock.advance(300_000);
      await runScheduled(environment, { definition, timeoutMs: undefined, allowEmpty: false });
      await checkFailures(environment, [definition]);
    };
    const said = () => environment.logged('alert.queued').filter((line) => line['level'] === 50);
    return { clock, database, works, fail, said };
  };

  describe('the message that a job failed', () => {
    it('does not go through the channel that failed, where another is left', async () => {
      const { database, fail, said } = await begin(['email'], '["email", "slack"]');
      await fail();
      expect(await queuedChannels(database)).toEqual(['slack']);
      expect(said()).toEqual([]);
    });

    it('is an error in the log, once a day, when no other channel is left', async () => {
      const { clock, database, fail, said } = await begin(['email', 'slack'], '["email", "slack"]');
      await fail();
      await fail();
      expect(await queuedChannels(database)).toEqual([]);
      expect(said()).toMatchObject([{ msg: expect.stringContaining('no channel is left but email, slack') }]);
      clock.advance(86_400_000);
      await fail();
      await fail();
      expect(said()).toHaveLength(2);
    });

    it('is followed by its recovery when something went through the channel, not when nothing was left to send', async () => {
      const { clock, database, works, fail } = await begin(['webhook'], '["email"]');
      const count = async () => (await queuedChannels(database)).length;
      await sql`
        insert into opsdeck_jobs.destination (key, channel, failures, last_reason, updated_at)
        values ('webhook:1', 'webhook', 3, 'HTTP 503', ${clock.now()}::timestamptz + interval '5 minutes')`.execute(
        database.db,
      );
      await fail();
      expect(await count()).toBe(1);
      works.now = true;
      await fail();
      expect(await count()).toBe(1);
      // Another address of that channel was given: the one that failed stays as it was.
      works.through = ['webhook'];
      await fail();
      expect(await count()).toBe(2);
      await fail();
      expect(await count()).toBe(2);
    });

    it('goes everywhere when the channels are not what failed', async () => {
      const { database, fail } = await begin([], '["email", "slack"]');
      await fail();
      expect(await queuedChannels(database)).toEqual(['email', 'slack']);
    });
  });
});

describe('which channels a run of communications reports as failed', () => {
  const none = { email: 0, slack: 0, webhook: 0, discord: 0, teams: 0 };
  it.each([
    ['a server that is away', { away: [{ channel: 'email', code: 'server_away', reason: 'x' }] }, ['email']],
    ['e-mail that is not configured', { mail_lacks: 'EMAIL_USERNAME' }, ['email']],
    ['a channel that is not configured', { unconfigured: { ...none, slack: 2 } }, ['slack']],
    ['failures only', { failed_by: { ...none, webhook: 3 } }, ['webhook']],
    ['failures beside successes', { failed_by: { ...none, email: 3 }, sent_by: { ...none, email: 1 } }, []],
    ['a result of another version', { sent: 1 }, []],
    ['no result: the run was killed', null, []],
  ])('%s', (_, result, expected) => {
    expect(failedChannels(result)).toEqual(expected);
  });
});
