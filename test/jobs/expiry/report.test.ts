import { expect, it } from 'vitest';
import { subscriptionRenewal } from '../../../jobs/expiry/events.ts';
import type { ExpiringItem } from '../../../jobs/expiry/item.ts';
import { type ReportWindow, withExpiryReport } from '../../../jobs/expiry/report/read.ts';
import { type ReportedItem, SortedEnds } from '../../../jobs/expiry/report/sorted-ends.ts';
import type { ExpirySource } from '../../../jobs/expiry/run-expiry.ts';
import { readSubscriptions } from '../../../jobs/expiry/subscriptions.sql.ts';
import { addDays } from '../../../src/time/calendar-day.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { seeded } from '../../support/seeded-random.ts';
import { newWorld } from './world.ts';

const item: ExpiringItem = {
  kind: 'license',
  id: 1,
  name: 'x',
  key: 'k',
  expiresOn: '2026-03-01',
  thresholds: [30],
  happens: 'expires',
  owner: null,
  detail: '',
  cost: { amount: 1.5, currency: 'EUR' },
  breakGlass: false,
  cancelBy: null,
  differences: [],
};

/** All that are read, and what is said of them. */
async function sortedFrom(items: readonly ExpiringItem[], most: number) {
  const sorted = await SortedEnds.open(most);
  try {
    for (const one of items) sorted.add(one);
    const read: ReportedItem[] = [];
    for await (const one of sorted.read()) read.push(one);
    return { read, count: sorted.count, completeTo: sorted.completeTo };
  } finally {
    await sorted.close();
  }
}

it('gives any number of ends back by date, name and number, ties as they came, and whole', async () => {
  const random = seeded(20_261_124);
  const pick = (count: number) => Math.floor(random() * count);
  const items = Array.from({ length: 9000 }, (_, n) => ({
    ...item,
    id: pick(5),
    name: ['Zoë', 'zoe', 'Äpfel', 'b\n"c', 'a', '_', '日本'][pick(7)] ?? '',
    key: String(n),
    expiresOn: `2026-03-${String(10 + pick(20))}`,
  }));
  const expected = items.toSorted(
    (a, b) => a.expiresOn.localeCompare(b.expiresOn) || a.name.localeCompare(b.name) || a.id - b.id,
  );
  const all = await sortedFrom(items, 10_000);
  expect(all.read).toEqual(expected.map(({ thresholds: _, differences: __, ...rest }) => rest));
  expect(all).toMatchObject({ count: 9000, completeTo: null });
  // Whole days: the one on which the limit falls is left out.
  const cut = await sortedFrom(items, 1000);
  const [tooMany] = expected.slice(1000);
  const kept = expected.filter(({ expiresOn }) => expiresOn < (tooMany?.expiresOn ?? ''));
  expect(cut.read.map(({ key }) => key)).toEqual(kept.map(({ key }) => key));
  expect(cut.count).toBe(kept.length);
  expect(addDays(cut.completeTo ?? '', 1)).toBe(tooMany?.expiresOn);
});

it('knows what comes too late as soon as there are too many before it', async () => {
  const sorted = await SortedEnds.open(1);
  for (const expiresOn of ['2026-03-05', '2026-03-03']) {
    expect(sorted.isTooLate('2026-03-09')).toBe(false);
    sorted.add({ ...item, expiresOn });
  }
  expect(['2026-03-05', '2026-03-06'].map((day) => sorted.isTooLate(day))).toEqual([false, true]);
  await sorted.close();
});

onEachDatabase((harness) => {
  it('lists every renewal from the anchor, and what ends once; too many are cut at a day, which it reports', async () => {
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
    const comingDays = { today: '2026-01-10', days: 100, expired: false, period: null };
    const read = (most?: number, window: ReportWindow = comingDays) => {
      return withExpiryReport(
        world.database.db,
        [source],
        window,
        async (report) => {
          const ends: string[] = [];
          for await (const { item: end } of report.ends()) ends.push(`${end.expiresOn} ${end.name}`);
          expect(report).toMatchObject({ count: ends.length, watched: { subscription: 5 } });
          return { ends, completeTo: report.completeTo };
        },
        most,
      );
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
    // Both days are included; what renewed or ended before today is there as well.
    const period = { first: '2026-01-31', last: '2026-03-15' };
    expect(await read(undefined, { ...comingDays, period })).toEqual({
      ends: all.slice(0, 6),
      completeTo: null,
    });
    const later = { ...comingDays, today: '2026-03-02', period };
    expect(await read(undefined, later)).toEqual({ ends: all.slice(0, 6), completeTo: null });
  });
});
