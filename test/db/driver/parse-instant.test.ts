import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../../src/db/driver/parse-instant.ts';

describe('parseInstant reads what a session in any zone writes', () => {
  it.each([
    ['2026-03-01 12:00:00+00', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01 12:00:00.123456+00', '2026-03-01T12:00:00.123Z'],
    ['2026-03-01 12:00:00.1+02', '2026-03-01T10:00:00.100Z'],
    ['2026-03-01 12:00:00-05:30', '2026-03-01T17:30:00.000Z'],
    ['1900-01-01 00:00:00-00:14:44', '1900-01-01T00:14:44.000Z'],
    ['0050-01-01 00:00:00+00', '0050-01-01T00:00:00.000Z'],
    ['12026-01-01 00:00:00+00', '+012026-01-01T00:00:00.000Z'],
    ['0044-03-15 12:00:00+00 BC', '-000043-03-15T12:00:00.000Z'],
    ['2024-02-29 23:59:59.999999+00', '2024-02-29T23:59:59.999Z'],
    ['infinity', '+275760-09-13T00:00:00.000Z'],
    ['-infinity', '-271821-04-20T00:00:00.000Z'],
  ])('%s', (text, iso) => {
    expect(parseInstant(text).toISOString()).toBe(iso);
  });

  it('refuses another date style rather than guess the order of day and month', () => {
    expect(() => parseInstant('01/03/2026 12:00:00 UTC')).toThrow(RangeError);
  });
});
