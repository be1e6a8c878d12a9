import { Decimal } from '../../src/text/decimal.ts';

const least = new Decimal('1e-12');
const most = new Decimal('1e12');

/** Why the text is no rate; undefined: it is one. It may come from anywhere. */
export function problemOfRate(text: string): string | undefined {
  if (!/^[+-]?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?$/.test(text)) return 'is not a number';
  const rate = new Decimal(text);
  if (rate.isZero()) return 'is zero';
  if (rate.isNegative()) return 'is negative';
  if (rate.lt(least) || rate.gt(most)) return 'is out of all proportion';
  return undefined;
}

/** The digits as they were published, without an exponent: `1.0850` stays `1.0850`. */
export function plainDigits(text: string): string {
  return /^\d+(?:\.\d+)?$/.test(text) ? text : new Decimal(text).toFixed();
}
