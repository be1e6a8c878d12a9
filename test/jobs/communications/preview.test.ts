import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { readFailed, readPreview } from '../../../jobs/communications/preview.sql.ts';
import { noteTrouble } from '../../../src/notify/outbox/channel-trouble.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { queueRows } from './outbox.ts';

onEachDatabase((harness) => {
  it('the preview groups what waits by channel and text, a campaign to everybody first, with what keeps it back', async () => {
    const clock = fakeClock('2026-11-24T12:00:00Z');
    const database = await harness.fresh({ clock });
    const { rows } = await sql<{ id: number }>`
      insert into campaign (title, subject, body_html, status) values ('Summer party', 'Party', '<p>Party</p>', 'ongoing')
      returning id`.execute(database.db);
    const campaign = { targetType: 'campaign', targetId: rows[0]?.id ?? 0 };
    await queueRows(
      database,
      ['ana', 'bo', 'cy'].map((name) => ({ ...campaign, to: `${name}@example.org` })),
    );
    await queueRows(database, [{ scheduled: '2026-11-01' }, { channel: 'webhook' }, { channel: 'slack' }]);
    const failed = await queueRows(database, [{ to: 'di@example.org' }, { to: 'ed@example.org' }]);
    const own = await queueRows(database, [{ channel: 'slack' }]);
    await sql`
      insert into opsdeck_jobs.message (communication_id, job, event_code, channel, destination, dedupe_key, context, created_at, due_at, state,
                                        finished_at, last_code, last_reason)
      select id, 'demo', 'DEMO', channel, coalesce(recipient_email, channel), id::text, '{}', at, at,
             case when channel = 'slack' then 'queued' else 'failed' end, case when channel = 'email' then at end,
             case when channel = 'email' then 'rejected' end, case when channel = 'email' then '550 5.1.1 no such user' end
        from scheduled_communication cross join (select ${clock.now()}::timestamptz as at) as clock
       where id = any (${[...failed, ...own]}::integer[])`.execute(database.db);
    await sql`update scheduled_communication set status = 'failed', template_id = null where id = any (${[...failed]}::integer[])`.execute(
      database.db,
    );
    await noteTrouble(
      database.db,
      'email',
      { code: 'login_refused', reason: '535 no', next: null },
      clock.now(),
    );
    const preview = await readPreview(database.db, {
      now: clock.now(),
      zones: { business: 'Europe/Madrid', stored: database.storedZone },
      maxAgeMs: 72 * 3_600_000,
      adopts: true,
      ways: (['email', 'webhook'] as const).map((channel) => ({
        ...{ channel, all: true, places: false, people: false, rules: [], events: [] },
      })),
    });
    expect(preview.filter(({ channel }) => channel !== 'slack')).toMatchObject([
      {
        channel: 'email',
        message: 'Summer party',
        campaign: true,
        recipients: 3,
        messages: 3,
        becomes: 'channel_failing',
        reason: '535 no',
      },
      {
        channel: 'email',
        campaign: false,
        recipients: 1,
        becomes: 'held',
        oldest: '2026-10-31T23:00:00.000Z',
      },
      { channel: 'webhook', campaign: false, recipients: 1, becomes: 'due', reason: null },
    ]);
    expect(preview.filter(({ channel }) => channel === 'slack').map(({ becomes }) => becomes)).toEqual(
      expect.arrayContaining(['left', 'unconfigured']),
    );
    expect(await readFailed(database.db, clock.now())).toMatchObject([
      { channel: 'email', message: 'DEMO', becomes: 'failed', messages: 2, reason: '550 5.1.1 no such user' },
    ]);
  });
});
