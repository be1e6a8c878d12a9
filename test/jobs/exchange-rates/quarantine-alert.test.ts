import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { decideRates } from '../../../jobs/exchange-rates/held.sql.ts';
import exchangeRates from '../../../jobs/exchange-rates/job.ts';
import { rateSettings } from '../../../jobs/exchange-rates/settings.ts';
import { addUser } from '../../notify/queue.ts';
import { authorNamed } from '../../support/author.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { holdAndRenew } from '../../support/hold-and-renew.ts';
import { frankfurter } from './provider-answers.ts';
import { newWorld, type World } from './world.ts';

/** Of each alert, oldest first, what its subject begins with. */
async function alerts({ database }: World): Promise<readonly string[]> {
  const { rows } = await sql<{ what: string }>`
    select context ->> 'what' as what from opsdeck_jobs.message where event_code = 'RATES_QUARANTINED'
     order by created_at, communication_id`.execute(database.db);
  return rows.map(({ what }) => what);
}

function publish(world: World, day: string, rates: Readonly<Record<string, string>>) {
  world.clock.set(`${day}T20:00:00Z`);
  world.replies['/latest'] = frankfurter(day, rates);
  world.replies['/2026-11-24..2026-11-24'] = frankfurter('2026-11-24', { USD: '1.05', TRY: '50' });
}

async function decide({ database }: World, action: 'accept' | 'reject', code: string) {
  const { clock, storedZone } = database;
  await decideRates(database, {
    ...{ action, codes: [code], from: null, until: null, note: 'looked', storedZone },
    author: authorNamed('os:test@desk', { clock, zones: { business: 'UTC', stored: storedZone } }),
    settings: rateSettings.parse({}),
  });
}

onEachDatabase((harness) => {
  it('alerts once about a currency while its rates wait, and again about another and after a decision', async () => {
    const world = await newWorld(harness);
    await addUser(world.database, 'admin@example.org');
    publish(world, '2026-11-23', { USD: '1.05', TRY: '40' });
    await world.succeed();
    expect(await alerts(world)).toEqual([]);

    publish(world, '2026-11-24', { USD: '1.05', TRY: '50' });
    await world.succeed({ dryRun: true });
    expect(await alerts(world)).toEqual([]);
    await world.succeed();
    await world.succeed();
    expect(await alerts(world)).toEqual(['The rate of TRY is quarantined']);

    publish(world, '2026-11-25', { USD: '1.25', TRY: '50.5' });
    await world.succeed();
    expect(await alerts(world)).toEqual(['The rate of TRY is quarantined', 'The rate of USD is quarantined']);

    await decide(world, 'reject', 'TRY');
    await world.succeed();
    publish(world, '2026-11-26', { USD: '1.25', TRY: '60' });
    await world.succeed();
    expect((await alerts(world)).slice(2)).toEqual(['The rate of TRY is quarantined']);
  });

  it('without an administrator, stores the rates, warns, and alerts once there is one', async () => {
    const world = await newWorld(harness);
    publish(world, '2026-11-23', { USD: '1.05', TRY: '40' });
    await world.succeed();
    publish(world, '2026-11-24', { USD: '1.05', TRY: '50' });
    const { outcome, environment } = await world.run();
    expect(outcome).toMatchObject({ status: 'succeeded', result: { held_count: 1 } });
    expect(environment.logged('alert.queued')).toHaveLength(1);
    await addUser(world.database, 'admin@example.org');
    await world.succeed();
    expect(await alerts(world)).toEqual(['The rate of TRY is quarantined']);
  });

  it('an alert that is too old is replaced by one about what still waits, and dropped when nothing does', async () => {
    const world = await newWorld(harness);
    await addUser(world.database, 'admin@example.org');
    publish(world, '2026-11-23', { USD: '1.05', TRY: '40' });
    await world.succeed();
    publish(world, '2026-11-24', { USD: '1.25', TRY: '50' });
    await world.succeed();
    await decide(world, 'accept', 'USD');
    expect(await holdAndRenew(world.database, exchangeRates)).toEqual({ replaced: 1, obsolete: 0 });
    expect((await alerts(world)).toSorted()).toEqual([
      'Rates of TRY and 1 more currency are quarantined',
      'The rate of TRY is quarantined',
    ]);
    await decide(world, 'accept', 'TRY');
    expect(await holdAndRenew(world.database, exchangeRates)).toEqual({ replaced: 0, obsolete: 1 });
  });
});
