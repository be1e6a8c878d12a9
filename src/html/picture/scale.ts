import { ticks } from 'd3-array';

/** Round numbers from zero to at least `most`: where grid lines are. Counts have no fractions. */
export function countTicks(most: number, about: number): readonly number[] {
  const some = ticks(0, Math.max(most, 1), about).filter(Number.isInteger);
  const step = Math.max(1, (some[1] ?? 1) - (some[0] ?? 0));
  const steps = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: steps + 1 }, (_, index) => index * step);
}

/** In per cent of the width, with two decimals: the same on every machine. */
export function percent(part: number, of: number): string {
  return `${(of === 0 ? 0 : (part / of) * 100).toFixed(2).replace(/\.?0+$/, '')}%`;
}

/** In pixels, with one decimal. */
export function pixels(value: number): number {
  return Math.round(value * 10) / 10;
}
