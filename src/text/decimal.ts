/** A decimal number, exactly: `digits` divided by ten to the power of `scale`. Sums of money must not be binary floats. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

export const zero: Decimal = { digits: 0n, scale: 0 };

/** The shortest decimal that a binary float stands for: what somebody typed. undefined: it is no finite number. */
export function decimalOf(value: number): Decimal | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  if (whole === '') return undefined;
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(`${sign}${whole}${fraction}`);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

export function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { digits: atScale(a, scale) + atScale(b, scale), scale };
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, scale: a.scale + b.scale };
}

/** With so many decimals, half away from zero: `-1234.50`. */
export function toFixed(value: Decimal, decimals: number): string {
  const negative = value.digits < 0n;
  const size = { digits: negative ? -value.digits : value.digits, scale: value.scale };
  const rounded = size.scale <= decimals ? atScale(size, decimals) : half(size, decimals);
  const text = String(rounded).padStart(decimals + 1, '0');
  const cut = text.length - decimals;
  const sign = negative && rounded !== 0n ? '-' : '';
  return `${sign}${text.slice(0, cut)}${decimals === 0 ? '' : `.${text.slice(cut)}`}`;
}

function atScale({ digits, scale }: Decimal, wanted: number): bigint {
  return digits * 10n ** BigInt(wanted - scale);
}

function half({ digits, scale }: Decimal, decimals: number): bigint {
  const unit = 10n ** BigInt(scale - decimals);
  return (digits + unit / 2n) / unit;
}
