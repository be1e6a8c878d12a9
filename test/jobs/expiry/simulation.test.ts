import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { ExpiringItem } from '../../../jobs/expiry/item.ts';
import { everybody, expiryKey, type LedgerEntry } from '../../../jobs/expiry/ledger.ts';
import { planAlerts } from '../../../jobs/expiry/plan.ts';
import { usualThresholds } from '../../../jobs/expiry/thresholds.ts';
import { destinationKey } from '../../../src/notify/park.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { seeded } from '../../support/seeded-random.ts';
import { Expectation, firstDay, newItems, type SimulatedItem, simulatedYear } from './simulated-year.ts';
import { jobs, newWorld, succeeded } from './world.ts';

const olga = { id: 1, name: 'Olga', address: 'olga@example.org', archived: false };
const route = { channels: ['email'] as const, shared: [], recipients: null };

function toItem({ id, expiresOn }: SimulatedItem): ExpiringItem {
  return {
    kind: 'credential',
    id,
    name: `Item ${id}`,
    key: expiresOn,
    expiresOn,
    thresholds: usualThresholds,
    happens: 'expires',
    owner: { type: 'user', id: 1 },
    detail: '',
    cost: null,
    breakGlass: false,
    cancelBy: null,
    differences: [],
  };
}

describe('a simulated year with outages, renewals and archivings', () => {
  it('on the pure rules: every threshold is alerted on the first run day on which it is reached, once, and nothing that it covers', () => {
    let alerts = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = seeded(seed);
      const items = newItems(random, 10);
      const expectation = new Expectation(usualThresholds);
      const ledger = new Map<string, LedgerEntry[]>();
      let lastRun: string | undefined;
      const keep = (item: ExpiringItem, entry: LedgerEntry) =>
        ledger.set(expiryKey(item), [...(ledger.get(expiryKey(item)) ?? []), entry]);
      for (const { today, outage } of simulatedYear(random, items)) {
        if (outage) continue;
        const plan = planAlerts({
          today,
          items: items.filter(({ archived }) => !archived).map(toItem),
          ledger,
          routes: new Map([['credential', route]]),
          lastRuns: new Map(lastRun === undefined ? [] : [['credential', lastRun]]),
          owner: () => ({ name: 'Olga', members: [olga] }),
          fallbacks: { recipient: null, admins: [] },
          hold: () => null,
          isListed: () => false,
        });
        for (const { item, destination, threshold, covered } of plan.alerts) {
          for (const days of [threshold, ...covered])
            keep(item, {
              destination: destinationKey(destination),
              threshold: days,
              outcome: 'sent',
              listedFor: null,
            });
        }
        for (const { item, threshold } of plan.baseline)
          keep(item, { destination: everybody, threshold, outcome: 'sent', listedFor: null });
        const told = plan.alerts.map(({ item, threshold }) => `${item.id} ${threshold}`).sort();
        expect({ seed, today, told }).toEqual({ seed, today, told: expectation.onRun(today, items) });
        alerts += told.length;
        lastRun = today;
      }
    }
    expect(alerts).toBeGreaterThan(5000);
  });
});

onEachDatabase((harness) => {
  it.each([11, 13, 15])(
    'on the database, seed %i: the same, and every alert is in one message',
    async (seed) => {
      const random = seeded(seed);
      const world = await newWorld(harness, firstDay);
      const items = newItems(random, 20);
      for (const { expiresOn } of items) await world.license({ expiry_date: expiresOn });
      const expectation = new Expectation(usualThresholds);
      let alerts = 0;
      for (const { today, changed, outage } of simulatedYear(random, items)) {
        for (const { id, expiresOn, archived } of changed) {
          await sql`update license set expiry_date = ${expiresOn}, is_archived = ${archived} where id = ${id}`.execute(
            world.database.db,
          );
        }
        if (outage) continue;
        world.on(today);
        const result = await succeeded(world.run(jobs.renewals, { thresholds: [...usualThresholds] }));
        const told = result.alerts.map(({ id, threshold }) => `${id} ${threshold}`).sort();
        expect({ today, told }).toEqual({ today, told: expectation.onRun(today, items) });
        alerts += told.length;
      }
      expect(alerts).toBeGreaterThan(20);
      const digests = await world.takeDigests();
      expect(digests.reduce((sum, { context }) => sum + Number(context['total']), 0)).toBe(alerts);
    },
    180_000,
  );
});
