import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { reportRunner } from '../../../src/scheduler/runners.ts';
import { mailPeer } from '../../notify/channels/mail-peer.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { makeOurs, newOutboxDatabase, outboxFor, queueRows, storedMessages } from './outbox.ts';

onEachDatabase((harness) => {
  const begin = async () => {
    const clock = fakeClock('2026-11-24T09:00:00Z');
    return { clock, database: await newOutboxDatabase(harness, clock) };
  };

  it('adopts a row for a chat only where it has an address: of its rule, its event, or the configuration', async () => {
    const { database } = await begin();
    const { rows } = await sql<{ id: number }>`
      insert into event_rule (name, entity_type, discord_webhook_url)
      values ('With', 'Asset', 'https://hooks.invalid/d'), ('Without', 'Asset', ' ') returning id`.execute(
      database.db,
    );
    await sql`
      insert into notification_event (event_code, name, enabled, channels, slack_target_channel, days_offset)
      values ('LICENSE_EXPIRING', 'Licenses', true, '["slack"]', '#licenses', 0)`.execute(database.db);
    const chat = { targetType: 'Asset', to: null } as const;
    await queueRows(database, [
      ...rows.map(({ id }) => ({ ...chat, channel: 'discord', eventRuleId: id })),
      { ...chat, channel: 'discord' },
      { ...chat, channel: 'slack', targetType: 'license' },
      { ...chat, channel: 'slack' },
    ]);
    const slack = { botToken: 'xoxb-1' };
    const outbox = outboxFor(database, undefined, { channels: { slack }, switchedOff: ['webhook'] });
    const { adopted, left_to_opsdeck } = await outbox.deliver(AbortSignal.abort());
    expect({ adopted, left_to_opsdeck }).toMatchObject({
      adopted: 2,
      left_to_opsdeck: { discord: 2, slack: 1 },
    });
    expect((await storedMessages(database)).map(({ parked }) => parked)).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
  });

  it('hands back what was adopted and not begun when its channel is off, unless a living runner sends through it', async () => {
    const { clock, database } = await begin();
    const peer = await mailPeer({});
    await queueRows(database, [{ subject: 'Ours' }]);
    await makeOurs(database);
    await queueRows(database, [{ subject: 'Old', scheduled: '2026-11-22' }, { subject: 'New' }]);
    const on = outboxFor(database, peer.port);
    await on.deliver(AbortSignal.abort());
    clock.advance(36 * 3_600_000);
    const off = outboxFor(database, peer.port, { switchedOff: ['email'] });
    await reportRunner(database, 'daemon:1', 'daemon', null, {}, ['email']);
    expect(await off.deliver()).toMatchObject({ handed_back: 0, held: 0 });
    await sql`update opsdeck_jobs.runner set seen_at = now() - interval '2 minutes'`.execute(database.db);
    expect(await off.deliver()).toMatchObject({ handed_back: 1, held: 1, left_to_opsdeck: { email: 1 } });
    expect(await storedMessages(database)).toMatchObject([
      { parked: true, state: 'queued' },
      { parked: true, state: 'held' },
      { parked: false, state: null },
    ]);
    expect(await on.deliver()).toMatchObject({ adopted: 1, sent: 2 });
  });
});
