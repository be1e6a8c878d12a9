import { z } from 'zod';

const largest = 2n ** 63n - 1n;

/** PostgreSQL reads it as a bigint. */
export function isBigint(text: string): boolean {
  return /^-?\d{1,19}$/.test(text) && BigInt(text) <= largest && BigInt(text) > -largest;
}

/**
 * The keys that a manifest names: of integers PostgreSQL's own text of a multirange (`{[1,5001),[6000,6001)}`), of uuids a list.
 */
export const storedKeys = z.union([
  z
    .string()
    .regex(/^\{(?:\[-?\d+,-?\d+\)(?:,\[-?\d+,-?\d+\))*)?\}$/)
    .refine((text) =>
      keyRanges(text).every(({ start, end }) => start < end && -largest < start && end <= largest),
    ),
  z.array(z.string()),
]);
export type StoredKeys = z.output<typeof storedKeys>;

/** A range of integer keys; `end` is not in it any more. */
export interface KeyRange {
  readonly start: bigint;
  readonly end: bigint;
}

export function keyRanges(text: string): readonly KeyRange[] {
  return [...text.matchAll(/\[(-?\d+),(-?\d+)\)/g)].map(([, start = '0', end = '0']) => ({
    start: BigInt(start),
    end: BigInt(end),
  }));
}

/** Is a key among them? Keys are the text of the primary key. */
export function keySet(keys: StoredKeys): { has(key: string): boolean; readonly size: number } {
  if (typeof keys !== 'string') {
    const listed = new Set(keys);
    return { has: (key) => listed.has(key), size: listed.size };
  }
  const ranges = keyRanges(keys);
  return {
    size: Number(ranges.reduce((sum, { start, end }) => sum + (end - start), 0n)),
    has: (key) => {
      const wanted = BigInt(key);
      let low = 0;
      let high = ranges.length - 1;
      while (low <= high) {
        const middle = (low + high) >> 1;
        const range = ranges[middle];
        if (range === undefined) return false;
        if (wanted < range.start) high = middle - 1;
        else if (wanted >= range.end) low = middle + 1;
        else return true;
      }
      return false;
    },
  };
}
