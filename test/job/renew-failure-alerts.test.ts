import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { jobs } from '../../jobs/index.ts';
import { failingMessage, recoveredMessage } from '../../src/job/failure-message.ts';
import { createNotifier } from '../../src/notify/create-notifier.ts';
import { outboxFor } from '../jobs/communications/outbox.ts';
import { mailPeer } from '../notify/channels/mail-peer.ts';
import { addUser } from '../notify/queue.ts';
import { onEachDatabase } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';

const day = 86_400_000;
const streak = '0b8f6a52-6f0e-4b6e-9df2-1c1f0f6a7a11';

onEachDatabase((harness) => {
  const begin = async () => {
    const clock = fakeClock('2026-11-24T12:00:00Z');
    const database = await harness.fresh({ clock });
    await addUser(database, 'admin@example.org');
    const peer = await mailPeer({});
    const zones = { business: 'Europe/Madrid', stored: database.storedZone };
    const notifier = createNotifier({
      ...{ jobName: jobs[0]?.name ?? '', runId: streak, clock, zones, dryRun: false, routings: new Map() },
    });
    const at = clock.now();
    const failing = (n: number) => ({
      ...{
        job: jobs[0]?.name ?? '',
        firstRun: streak,
        firstAt: at,
        lastRun: streak,
        lastAt: at,
        failures: n + 1,
      },
      ...{
        runner: 'host:1',
        errorCode: 'away',
        errorMessage: 'It is away.',
        lastSuccessAt: null,
        errorNext: null,
      },
      ...{ effect: null, still: n > 0, day: n },
    });
    const fails = (n: number) =>
      database.db.transaction().execute((trx) => notifier.enqueue(trx, failingMessage(failing(n), 'UTC')));
    const ended = () => ({
      ...{ job: jobs[0]?.name ?? '', firstRun: streak, firstAt: at, succeededAt: clock.now() },
      ...{ failures: 1, missed: 0, effect: null },
    });
    const works = () =>
      database.db.transaction().execute((trx) => notifier.enqueue(trx, recoveredMessage(ended(), 'UTC')));
    const states = async () => {
      const { rows } = await sql<{ told: string }>`
        select concat_ws(' ', state, last_code) as told from opsdeck_jobs.message order by created_at, id`.execute(
        database.db,
      );
      return rows.map(({ told }) => told);
    };
    return { clock, peer, fails, works, states, outbox: outboxFor(database, peer.port) };
  };

  it('an alert about a failing job that is too old is replaced by the next one of its streak', async () => {
    const { clock, peer, fails, states, outbox } = await begin();
    await fails(0);
    clock.advance(5 * day);
    await fails(5);
    expect(await outbox.deliver()).toMatchObject({ renewed: { replaced: 1, obsolete: 0 }, sent: 1 });
    expect(await states()).toEqual(['cancelled replaced', 'sent']);
    expect(peer.mails).toHaveLength(1);
  });

  it('a failure and its end that are both too old are no longer true', async () => {
    const { clock, fails, works, states, outbox } = await begin();
    await fails(0);
    clock.advance(day);
    await works();
    clock.advance(5 * day);
    expect(await outbox.deliver()).toMatchObject({ renewed: { replaced: 0, obsolete: 2 }, sent: 0 });
    expect(await states()).toEqual(['cancelled no_longer_true', 'cancelled no_longer_true']);
  });

  it('that a job works again is sent late where somebody was alerted that it failed', async () => {
    const { clock, peer, fails, works, states, outbox } = await begin();
    await fails(0);
    await outbox.deliver();
    await works();
    clock.advance(5 * day);
    expect(await outbox.deliver()).toMatchObject({ renewed: { replaced: 0, obsolete: 0 }, sent: 1 });
    expect(await states()).toEqual(['sent', 'sent']);
    expect(peer.mails).toHaveLength(2);
  });
});
