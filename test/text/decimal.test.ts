import { expect, it } from 'vitest';
import { decimalOf, toFixed, zero } from '../../src/text/decimal.ts';

const decimal = (value: number) => decimalOf(value) ?? zero;

it('adds and multiplies as people do, where binary floats do not', () => {
  const tenth = decimal(0.1);
  expect(
    toFixed(
      Array.from({ length: 30 }, () => tenth).reduce((a, b) => a.plus(b), zero),
      17,
    ),
  ).toBe('3.00000000000000000');
  expect(toFixed(decimal(1.005).times(100), 1)).toBe('100.5');
  expect(toFixed(decimal(1e21).plus(1e-7), 7)).toBe('1000000000000000000000.0000001');
  expect(toFixed(decimal(1e300).plus(decimal(1e-300)).minus(decimal(1e300)), 300)).toBe(
    `0.${'0'.repeat(299)}1`,
  );
});

it.each([
  [0.005, 2, '0.01'],
  [-0.005, 2, '-0.01'],
  [-0.004, 2, '0.00'],
  [1.004999, 2, '1.00'],
  [99.995, 2, '100.00'],
  [2.5, 0, '3'],
  [12, 2, '12.00'],
])('%d with %i decimals is %s', (value, decimals, text) => {
  expect(toFixed(decimal(value), decimals)).toBe(text);
});

it.each([Number.NaN, Number.POSITIVE_INFINITY])('%d is no decimal', (value) => {
  expect(decimalOf(value)).toBeUndefined();
});
