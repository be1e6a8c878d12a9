import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { mailPeer } from '../../notify/channels/mail-peer.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { newWorld as newDriftWorld, succeeded } from '../compliance-drift/world.ts';
import { newWorld as newReviewWorld } from '../uar/world.ts';
import { outboxFor } from './outbox.ts';

const day = 86_400_000;

/** Every message as `key: state code`, without what is of one run alone. */
async function states(database: OpenDatabase): Promise<readonly string[]> {
  const { rows } = await sql<{ told: string }>`
    select concat_ws(' ', m.destination, m.state, m.last_code, c.status) as told
      from opsdeck_jobs.message m join scheduled_communication c on c.id = m.communication_id
     order by m.created_at, m.id`.execute(database.db);
  return rows.map(({ told }) => told);
}

async function newestContext(database: OpenDatabase) {
  const { rows } = await sql`
    select context from opsdeck_jobs.message order by created_at desc, id limit 1`.execute(database.db);
  return z.object({ context: z.record(z.string(), z.json()) }).parse(rows[0]).context;
}

onEachDatabase((harness) => {
  describe('an alert about drift that was too old', () => {
    /** Two controls that got worse, with an alert that did not leave for five days. */
    const begin = async () => {
      const world = await newDriftWorld(harness);
      const peer = await mailPeer({});
      const framework = await world.framework('ISO');
      const first = await world.activityRule(await world.control(framework, 'A.1'), '2026-03-01');
      const second = await world.activityRule(await world.control(framework, 'A.2'), '2026-03-01');
      await succeeded(world.run());
      world.clock.advance(60 * day);
      expect(await succeeded(world.run())).toMatchObject({ messages_queued: 1 });
      world.clock.advance(5 * day);
      return { world, peer, first, second, outbox: outboxFor(world.database, peer.port) };
    };

    it('is replaced by one with the present facts, which goes out at once; two senders do it once', async () => {
      const { world, peer, second, outbox } = await begin();
      await world.execution(second.activity, '2026-05-14');
      await succeeded(world.run());
      const other = outboxFor(world.database, peer.port);
      const reports = await Promise.all([outbox.deliver(), other.deliver()]);
      expect(reports.reduce((sum, { renewed }) => sum + renewed.replaced, 0)).toBe(1);
      await outbox.deliver();
      expect(await states(world.database)).toEqual([
        'ada@example.org cancelled replaced cancelled',
        'ada@example.org sent sent',
      ]);
      expect(await newestContext(world.database)).toMatchObject({ total: 1, critical: 1, replaces: 1 });
      expect(peer.mails).toHaveLength(1);
      const text = peer.mails[0]?.parsed.text ?? '';
      expect(text).toContain('A.1');
      // What a new alert has, as it is now.
      expect(text).toMatch(/Last done 74 days ago, on Sun 1 Mar 2026/);
      expect(text).toContain('To fix:');
      expect(text).not.toContain('A.2');
    });

    it.each([
      [
        'the message that takes its place is stored',
        'before insert on opsdeck_jobs.message',
        `new.state = 'queued'`,
      ],
      ['it is settled', 'before update on opsdeck_jobs.message', `new.last_code = 'replaced'`],
      ["OpsDeck's row is settled", 'before update on scheduled_communication', `new.status = 'cancelled'`],
    ])('a renewal that ends when %s loses nothing and doubles nothing', async (_, moment, what) => {
      const { world, peer, outbox } = await begin();
      const { db } = world.database;
      await sql`
        create function ended_for_test() returns trigger language plpgsql as $$ begin
          if ${sql.raw(what)} then raise exception 'ended here'; end if;
          return new;
        end $$`.execute(db);
      await sql`create trigger ended_for_test ${sql.raw(moment)} for each row execute function ended_for_test()`.execute(
        db,
      );
      expect(await outbox.deliver()).toMatchObject({ renewed: { replaced: 0, obsolete: 0 }, sent: 0 });
      expect(await states(world.database)).toEqual(['ada@example.org held too_old pending']);
      await sql`drop function ended_for_test() cascade`.execute(db);
      expect(await outbox.deliver()).toMatchObject({ renewed: { replaced: 1 }, sent: 1 });
      expect(await states(world.database)).toEqual([
        'ada@example.org cancelled replaced cancelled',
        'ada@example.org sent sent',
      ]);
      expect(peer.mails).toHaveLength(1);
    });

    it('is settled as no longer true where nothing of it is left', async () => {
      const { world, peer, first, second, outbox } = await begin();
      for (const { activity } of [first, second]) await world.execution(activity, '2026-05-14');
      await succeeded(world.run());
      expect(await outbox.deliver()).toMatchObject({ renewed: { replaced: 0, obsolete: 1 }, sent: 0 });
      expect(await states(world.database)).toEqual(['ada@example.org cancelled no_longer_true cancelled']);
      expect(peer.mails).toEqual([]);
    });

    it('that took the place of another is replaced in turn: what it reports is not lost', async () => {
      const { world, peer, outbox } = await begin();
      const closed = outboxFor(world.database, undefined);
      expect(await closed.deliver()).toMatchObject({ renewed: { replaced: 1 } });
      await sql`update opsdeck_jobs.message set seen_at = null where state = 'queued'`.execute(
        world.database.db,
      );
      world.clock.advance(5 * day);
      expect(await outbox.deliver()).toMatchObject({ renewed: { replaced: 1 }, sent: 1 });
      expect(await newestContext(world.database)).toMatchObject({ total: 2 });
      expect(peer.mails).toHaveLength(1);
    });

    it('stays on hold while its event is switched off', async () => {
      const { world, outbox } = await begin();
      await sql`update notification_event set enabled = false`.execute(world.database.db);
      expect(await outbox.deliver()).toMatchObject({ renewed: { replaced: 0, obsolete: 0 } });
      expect(await states(world.database)).toEqual(['ada@example.org held too_old pending']);
    });

    it('goes once to each person who has not had it', async () => {
      const { world, peer, outbox } = await begin();
      await sql`
        with copied as (
          insert into scheduled_communication (template_id, status, scheduled_date, target_type, target_id, recipient_email, channel)
          select template_id, 'sent', scheduled_date, target_type, target_id, 'bo@example.org', channel from scheduled_communication
          returning id)
        insert into opsdeck_jobs.message (communication_id, run_id, job, event_code, channel, destination, dedupe_key, context, created_at, due_at, state)
        select copied.id, run_id, job, event_code, channel, 'bo@example.org', dedupe_key, context, created_at, due_at, 'sent'
          from opsdeck_jobs.message, copied`.execute(world.database.db);
      await sql`
        insert into "user" (name, email, role, is_archived, hide_from_org_chart)
        values ('Bo', 'bo@example.org', 'admin', false, false), ('Cy', 'cy@example.org', 'admin', false, false)`.execute(
        world.database.db,
      );
      expect(await outbox.deliver()).toMatchObject({ renewed: { replaced: 1 }, sent: 2 });
      expect(peer.mails.flatMap(({ to }) => to).toSorted()).toEqual(['ada@example.org', 'cy@example.org']);
    });
  });

  it('an alert about findings of an access review that was too old is replaced while one of them is open', async () => {
    const world = await newReviewWorld(harness);
    const peer = await mailPeer({});
    const id = await world.comparison('hr', {
      notification_channels: '["email"]',
      notification_recipients: JSON.stringify([{ type: 'email', value: 'sec@x.org' }]),
    });
    await world.sides('hr', ['ann@x.org:dev'], ['eve@x.org:dev']);
    expect(await world.now(id)).toMatchObject({ messages: 1 });
    world.clock.advance(5 * day);
    await world.sides('hr', ['ann@x.org:dev', 'eve@x.org:dev'], ['eve@x.org:dev']);
    expect(await world.now(id)).toMatchObject({ messages: 0 });
    const outbox = outboxFor(world.database, peer.port);
    expect(await outbox.deliver()).toMatchObject({ renewed: { replaced: 1, obsolete: 0 }, sent: 1 });
    expect(await newestContext(world.database)).toMatchObject({ new_count: 1, rows: [{ key: 'ann@x.org' }] });
    expect(await states(world.database)).toEqual([
      'sec@x.org cancelled replaced cancelled',
      'sec@x.org sent sent',
    ]);

    await world.sides('hr', ['ann@x.org:dev', 'eve@x.org:dev'], ['ann@x.org:dev']);
    expect(await world.now(id)).toMatchObject({ messages: 1 });
    world.clock.advance(5 * day);
    await world.sides('hr', ['ann@x.org:dev'], ['ann@x.org:dev']);
    await world.now(id);
    expect(await outbox.deliver()).toMatchObject({ renewed: { replaced: 0, obsolete: 1 }, sent: 0 });
    expect(peer.mails).toHaveLength(1);
  });
});
