import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { forecastEvent } from '../../../jobs/compliance-drift/forecast/event.ts';
import { switchEvent } from '../../../src/notify/switch-event.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { newWorld, succeeded, type World } from './world.ts';

const zones = { stored: 'UTC', business: 'Europe/Madrid' };

/** Every message about what is to come: who gets it, and its rows. */
async function queuedOf({ database }: World): Promise<readonly string[]> {
  const { rows } = await sql<{ line: string }>`
    select m.destination || ': ' || (select string_agg((r ->> 'control_id') || ' ' || (r ->> 'to') || ' ' || (r ->> 'on'), ', ')
             from jsonb_array_elements(m.context::jsonb -> 'rows') r) as line
      from opsdeck_jobs.message m where m.event_code = 'COMPLIANCE_FORECAST' order by m.communication_id`.execute(
    database.db,
  );
  return rows.map(({ line }) => line);
}

/** Every run from now on is one of the schedule. */
async function bySchedule({ database: { db } }: World): Promise<void> {
  await sql`create function public.by_timer() returns trigger language plpgsql as $$
    begin new.trigger := 'timer'; return new; end $$`.execute(db);
  await sql`create trigger by_timer before insert on opsdeck_jobs.job_run for each row execute function public.by_timer()`.execute(
    db,
  );
}

onEachDatabase((harness) => {
  it('a scheduled run queues what gets worse to who has to act, once a week, and again when the date changes', async () => {
    const world = await newWorld(harness);
    const { database, clock } = world;
    const values = { name: 'Olga', email: 'olga@example.org', role: 'user' };
    const owner = await database.db
      .insertInto('user')
      .values({ ...values, is_archived: false, hide_from_org_chart: false })
      .returning('id')
      .executeTakeFirstOrThrow();
    const framework = await world.framework('ISO');
    const owned = await world.activityRule(await world.control(framework, 'A-1'), '2026-02-20');
    await database.db
      .updateTable('security_activity')
      .set({ owner_id: owner.id, owner_type: 'User' })
      .where('id', '=', owned.activity)
      .execute();
    await world.activityRule(await world.control(framework, 'A-2'), '2026-02-25', { grace: 60 });

    // Off: neither a message nor a row of the event.
    await bySchedule(world);
    await succeeded(world.run());
    expect(await queuedOf(world)).toEqual([]);
    const event = () =>
      database.db
        .selectFrom('notification_event')
        .select('enabled')
        .where('event_code', '=', forecastEvent.code)
        .execute();
    expect(await event()).toEqual([]);

    expect(await switchEvent(database, zones, { event: forecastEvent, enabled: true, actor: 'ana' })).toBe(
      true,
    );
    const dry = await succeeded(world.run({ dryRun: true }));
    expect(dry.messages_queued).toBe(2);
    expect(await queuedOf(world)).toEqual([]);
    await succeeded(world.run());
    const first = [
      'olga@example.org: A-1 warning 2026-03-23, A-1 non_compliant 2026-03-30',
      'ada@example.org: A-2 warning 2026-03-28',
    ].map((line) => line.replace('non_compliant', 'non-compliant'));
    expect(await queuedOf(world)).toEqual(first);

    // The same again within a week is not queued, and a date that changed is.
    clock.advance(6 * 86_400_000);
    await succeeded(world.run());
    expect(await queuedOf(world)).toEqual(first);
    await world.execution(owned.activity, '2026-02-22');
    await succeeded(world.run());
    const second = [...first, 'olga@example.org: A-1 warning 2026-03-25, A-1 non-compliant 2026-04-01'];
    expect(await queuedOf(world)).toEqual(second);
    clock.advance(86_400_000);
    await succeeded(world.run());
    expect(await queuedOf(world)).toEqual([...second, 'ada@example.org: A-2 warning 2026-03-28']);

    // An owner without an address: the administrators act; without one of those the run fails, and nothing counts as sent.
    await sql`update "user" set email = 'none ' || id`.execute(database.db);
    clock.advance(8 * 86_400_000);
    const { outcome } = await world.run();
    expect(outcome).toMatchObject({ status: 'failed', fault: { code: 'no_recipient' } });
    await database.db
      .updateTable('user')
      .set({ email: 'ada@example.org' })
      .where('role', '=', 'admin')
      .execute();
    await succeeded(world.run());
    expect((await queuedOf(world)).at(-1)).toMatch(/^ada@example.org: /);
    expect((await queuedOf(world)).at(-1)).toContain('A-1 non-compliant 2026-04-01');
  });
});
