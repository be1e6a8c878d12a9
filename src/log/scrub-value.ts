import type { Json } from '../text/json.ts';

/** The value with every text in it scrubbed. */
export function scrubValue(value: Json, scrub: (text: string) => string): Json;
export function scrubValue(value: unknown, scrub: (text: string) => string): unknown;
export function scrubValue(value: unknown, scrub: (text: string) => string): unknown {
  if (typeof value === 'string') return scrub(value);
  if (Array.isArray(value)) return value.map((item) => scrubValue(item, scrub));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, scrubValue(inner, scrub)]));
}
