import { Decimal as AnyDecimal } from 'decimal.js';

/** Decimals of 34 significant digits (IEEE 754's decimal128), rounded half to even: a rate is never a binary float here. */
export const Decimal = AnyDecimal.clone({ precision: 34, rounding: AnyDecimal.ROUND_HALF_EVEN });
export type Decimal = AnyDecimal;

/** Sums of money are exact: the widest pair of doubles, and a rate, have fewer digits than this. */
const Exact = AnyDecimal.clone({ precision: 1000, rounding: AnyDecimal.ROUND_HALF_UP });

export const zero: Decimal = new Exact(0);

/** The shortest decimal that a binary float stands for: what somebody typed; to be added up exactly. undefined: it is no finite number. */
export function decimalOf(value: number): Decimal | undefined {
  return Number.isFinite(value) ? new Exact(value) : undefined;
}

/** With so many decimals, half away from zero: `-1234.50`; never `-0.00`. */
export function toFixed(value: Decimal, decimals: number): string {
  const rounded = value.toDecimalPlaces(decimals, AnyDecimal.ROUND_HALF_UP);
  return (rounded.isZero() ? rounded.abs() : rounded).toFixed(decimals);
}
