import { describe, expect, it } from 'vitest';
import { strftime } from '../../../src/notify/templates/strftime.ts';

describe('strftime writes what Python writes', () => {
  // Expected values from CPython 3.11, locale C.
  it.each([
    ['2026-01-05', '%a %A %w %u %d %-d %e', 'Mon Monday 1 1 05 5  5'],
    ['2026-01-05', '%b %B %m %-m %y %Y %h', 'Jan January 01 1 26 2026 Jan'],
    ['2026-01-05 00:07:09', '%H %I %p %M %S %f %-H %-M', '00 12 AM 07 09 000000 0 7'],
    ['2026-01-05T13:07:09.123456', '%H %I %p %f', '13 01 PM 123456'],
    ['2026-01-05T13:07:09+02:00', '%H:%M %z', '13:07 +0200'],
    ['2026-01-05T13:07:09Z', '%z %Z', '+0000 UTC'],
    ['2026-01-05 13:07', '[%z%Z]', '[]'],
    ['2026-12-31', '%j %U %W %G-%V', '365 52 52 2026-53'],
    ['2027-01-03', '%j %U %W %G-%V', '003 01 00 2026-53'],
    ['2024-02-29', '%F %D %x %j', '2024-02-29 02/29/24 02/29/24 060'],
    ['2026-01-05 13:07:09', '%c|%X|%T|%R', 'Mon Jan  5 13:07:09 2026|13:07:09|13:07:09|13:07'],
    ['2026-01-05', '100%% %%c %Q', '100% %c %Q'],
    ['2026-01-05', '%d de %B — ¡día!', '05 de January — ¡día!'],
  ])('%s as %s', (date, format, expected) => {
    expect(strftime(date, format)).toBe(expected);
  });

  it.each([
    'N/A',
    '',
    '5 January 2026',
    '2026-13-01',
    '2026-02-30',
    '2026-01-05 24:00',
    '20260105',
    '2026-01-05x',
  ])('takes %j for no date instead of inventing one', (text) => {
    expect(strftime(text, '%Y')).toBeUndefined();
  });
});
