import { describe, expect, it } from 'vitest';
import { nextRun, type ReviewSchedule, readSchedule } from '../../../jobs/uar/schedule.ts';

const zone = 'Europe/Madrid';

describe('the next execution of a comparison', () => {
  const daily = { every: 'day', hour: 8 } as const;
  const cases: readonly (readonly [string, ReviewSchedule, string, string])[] = [
    ['later today counts', daily, '2026-11-24T06:59:59Z', '2026-11-24T07:00:00Z'],
    ['its very instant is past', daily, '2026-11-24T07:00:00Z', '2026-11-25T07:00:00Z'],
    [
      'is today in the zone, not in UTC',
      { every: 'day', hour: 0 },
      '2026-11-24T22:30:00Z',
      '2026-11-24T23:00:00Z',
    ],
    ['keeps its hour when clocks go forward', daily, '2026-03-28T07:00:00Z', '2026-03-29T06:00:00Z'],
    ['keeps its hour when clocks go back', daily, '2026-10-24T06:00:00Z', '2026-10-25T07:00:00Z'],
    [
      'comes after the gap on the short day',
      { every: 'day', hour: 2 },
      '2026-03-28T12:00:00Z',
      '2026-03-29T01:00:00Z',
    ],
    ['comes once on the long day', { every: 'day', hour: 2 }, '2026-10-25T00:00:00Z', '2026-10-26T01:00:00Z'],
    [
      'a weekday that is today counts while its hour is to come',
      { every: 'week', hour: 8, weekday: 2 },
      '2026-11-24T06:00:00Z',
      '2026-11-24T07:00:00Z',
    ],
    [
      'a weekday that is today and past is next week',
      { every: 'week', hour: 8, weekday: 2 },
      '2026-11-24T07:30:00Z',
      '2026-12-01T07:00:00Z',
    ],
    ['Sunday is 7', { every: 'week', hour: 8, weekday: 7 }, '2026-11-24T07:30:00Z', '2026-11-29T07:00:00Z'],
    [
      'the 31st is the 30th of November',
      { every: 'month', hour: 8, day: 31 },
      '2026-11-24T07:00:00Z',
      '2026-11-30T07:00:00Z',
    ],
    [
      'the 31st is 28 February',
      { every: 'month', hour: 8, day: 31 },
      '2027-01-31T07:00:00Z',
      '2027-02-28T07:00:00Z',
    ],
    [
      'and comes back in March',
      { every: 'month', hour: 8, day: 31 },
      '2027-02-28T07:00:00Z',
      '2027-03-31T06:00:00Z',
    ],
    [
      'the 29th is 29 February of a leap year',
      { every: 'month', hour: 8, day: 29 },
      '2028-02-01T07:00:00Z',
      '2028-02-29T07:00:00Z',
    ],
    [
      'December is followed by January',
      { every: 'month', hour: 8, day: 1 },
      '2026-12-01T07:00:00Z',
      '2027-01-01T07:00:00Z',
    ],
    [
      'a day of this month that is past is next month',
      { every: 'month', hour: 8, day: 24 },
      '2026-11-24T07:00:00Z',
      '2026-12-24T07:00:00Z',
    ],
    [
      'a day of this month counts while its hour is to come',
      { every: 'month', hour: 8, day: 24 },
      '2026-11-24T06:00:00Z',
      '2026-11-24T07:00:00Z',
    ],
  ];
  it.each(cases)('%s', (_, schedule, after, expected) => {
    expect(nextRun(schedule, new Date(after), zone)).toEqual(new Date(expected));
  });

  it('is none for a comparison that is executed by hand', () => {
    expect(nextRun({ every: 'manual' }, new Date('2026-11-24T06:00:00Z'), zone)).toBeNull();
  });

  it('is to come and on its hour, whatever the instant, the zone and the schedule', () => {
    let seed = 7;
    const below = (n: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % n;
    };
    const zones = [
      'Europe/Madrid',
      'America/New_York',
      'Asia/Kolkata',
      'Pacific/Apia',
      'Australia/Lord_Howe',
      'America/Sao_Paulo',
    ];
    for (let n = 0; n < 3000; n += 1) {
      const after = new Date(Date.UTC(2010 + below(20), below(12), 1 + below(31), below(24), below(60)));
      const place = zones[below(zones.length)] ?? zone;
      const hour = below(24);
      const schedule =
        (
          [
            { every: 'day', hour },
            { every: 'week', hour, weekday: 1 + below(7) },
            { every: 'month', hour, day: 1 + below(31) },
          ] as const
        )[below(3)] ?? daily;
      const next = nextRun(schedule, after, place);
      const days = ((next?.getTime() ?? 0) - after.getTime()) / 86_400_000;
      expect(days, `${JSON.stringify(schedule)} after ${after.toISOString()} in ${place}`).toBeGreaterThan(0);
      expect(days).toBeLessThan({ day: 2.1, week: 8.1, month: 32.1 }[schedule.every]);
    }
  });
});

describe('a stored schedule', () => {
  it.each([
    ['daily', {}, { every: 'day', hour: 8 }],
    ['daily', null, { every: 'day', hour: 8 }],
    ['weekly', { hour: '6', day_of_week: '5' }, { every: 'week', hour: 6, weekday: 5 }],
    ['monthly', { hour: 0, day_of_month: 31 }, { every: 'month', hour: 0, day: 31 }],
    ['manual', { hour: 'noon' }, { every: 'manual' }],
    [null, null, { every: 'manual' }],
  ])('%s %j is read with what OpsDeck fills in', (type, config, schedule) => {
    expect(readSchedule(type, config)).toEqual({ schedule });
  });

  it.each([
    ['daily', { hour: 24 }, 'hour is 24'],
    ['daily', { hour: 7.5 }, 'hour is 7.5'],
    ['weekly', { day_of_week: 0 }, 'day_of_week is 0'],
    ['monthly', { day_of_month: 'last' }, 'day_of_month is "last"'],
    ['daily', [8], 'not an object'],
    ['hourly', {}, "'hourly' is not daily, weekly, monthly or manual"],
  ])('%s %j is refused, with the reason', (type, config, why) => {
    expect(readSchedule(type, config)).toEqual({ problem: expect.stringContaining(why) });
  });
});
