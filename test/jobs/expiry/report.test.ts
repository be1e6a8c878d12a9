import { expect, it } from 'vitest';
import { Earliest } from '../../../jobs/expiry/earliest.ts';
import { subscriptionRenewal } from '../../../jobs/expiry/events.ts';
import { readExpiryReport } from '../../../jobs/expiry/report/read-report.ts';
import type { ExpirySource } from '../../../jobs/expiry/run-expiry.ts';
import { readSubscriptions } from '../../../jobs/expiry/subscriptions.sql.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { newWorld } from './world.ts';

it('keeps the earliest, whatever the order, and knows what comes too late', () => {
  const days = ['2026-03-05', '2026-03-01', '2026-03-04', '2026-03-02', '2026-03-03', '2026-03-06'];
  const kept = new Earliest<{ expiresOn: string }>(2);
  const late = days.filter((expiresOn) => {
    if (kept.isTooLate(expiresOn)) return true;
    kept.add({ expiresOn });
    return false;
  });
  expect(kept.all.map(({ expiresOn }) => expiresOn)).toEqual(['2026-03-01', '2026-03-02']);
  expect(late).toEqual(['2026-03-03', '2026-03-06']);
});

onEachDatabase((harness) => {
  it('lists every renewal from the anchor, and what ends once; too many are cut at a day, which it says', async () => {
    const world = await newWorld(harness, '2026-01-10');
    await world.subscription({
      name: 'Monthly',
      renewal_date: '2025-12-31',
      renewal_period_type: 'monthly',
    });
    await world.subscription({
      name: 'Ahead',
      renewal_date: '2026-02-01',
      renewal_period_type: 'custom',
      renewal_period_value: 45,
    });
    await world.subscription({
      name: 'Rare',
      renewal_date: '2026-02-10',
      renewal_period_type: 'custom',
      renewal_period_value: 2_147_483_647,
    });
    await world.subscription({ name: 'Ends', renewal_date: '2026-02-15', auto_renew: false });
    await world.subscription({ name: 'Weekly', renewal_date: '2026-03-15', renewal_period_type: 'weekly' });
    const source: ExpirySource = {
      kind: 'subscription',
      event: subscriptionRenewal,
      opsdeckDays: null,
      farthest: 30,
      read: (db, scope) => readSubscriptions(db, scope, { thresholds: [30], noticeDays: new Map() }),
    };
    const window = { today: '2026-01-10', days: 100, expired: false };
    const read = async (most?: number) => {
      const { ends, completeTo } = await readExpiryReport(world.database.db, [source], window, most);
      return { ends: ends.map(({ item }) => `${item.expiresOn} ${item.name}`), completeTo };
    };
    const all = [
      '2026-01-31 Monthly',
      '2026-02-01 Ahead',
      '2026-02-10 Rare',
      '2026-02-15 Ends',
      '2026-02-28 Monthly',
      '2026-03-15 Weekly',
      '2026-03-18 Ahead',
      '2026-03-31 Monthly',
    ];
    expect(await read()).toEqual({ ends: all, completeTo: null });
    expect(await read(5)).toEqual({ ends: all.slice(0, 5), completeTo: '2026-03-14' });
  });
});
