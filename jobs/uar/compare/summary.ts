import { z } from 'zod';
import { fieldTypes } from './settings.ts';

const count = z.int().min(0);

/** Of one side. A sample holds at most {@link sampleSize}. */
const sideKeyQuality = z.strictObject({
  /** Rows without a key, or with an empty one: they are not compared; those of B are findings. */
  empty: z.strictObject({ count, sample_rows: z.array(count) }),
  /** Keys that occur more than once, and in how many rows: not compared, each is a finding. */
  duplicates: z.strictObject({
    keys: count,
    rows: count,
    sample: z.array(z.strictObject({ key: z.string(), rows: count })),
  }),
});

/** What is to be known about the keys; stored as `uar_execution_record.key_quality`. */
export const keyQuality = z.strictObject({
  a: sideKeyQuality,
  b: sideKeyQuality,
  /**
   * Keys without a partner that would have one if white space around them, capital letters, dots at the end and characters that look
   * alike did not count. They stay two findings, and are marked.
   */
  near_misses: z.strictObject({
    count,
    sample: z.array(z.strictObject({ key_a: z.string(), key_b: z.string() })),
  }),
  /** Values that are not of the declared type of their field, among those that differ: they were compared as text. */
  not_of_type: z.array(
    z.strictObject({
      side: z.enum(['a', 'b']),
      field: z.string(),
      type: z.enum(fieldTypes),
      count,
      sample: z.array(z.string()),
    }),
  ),
});
export type KeyQuality = z.output<typeof keyQuality>;

/** How many examples a list of key quality holds. */
export const sampleSize = 10;

const excludedRow = z.strictObject({
  row: count,
  key: z.string().nullable(),
  /** The cells that the filter read, in words. */
  why: z.string(),
});
export type ExcludedRow = z.output<typeof excludedRow>;

const excludedRows = z.strictObject({ count, sample: z.array(excludedRow) });

export const comparisonSummary = z.strictObject({
  /** Rows a side, all of them. */
  rows: z.strictObject({ a: count, b: count }),
  /** Rows that the filter of their side does not select. */
  excluded: z.strictObject({ a: excludedRows, b: excludedRows }),
  /** Keys of the side that does not matter (`sides`) and that the other one lacks: no findings. */
  unreported: count,
  /** Keys that both sides have, once each. */
  compared: count,
  findings: z.strictObject({
    'Left Only (A)': count,
    'Right Only (B)': count,
    Mismatch: count,
    'Duplicate Key (A)': count,
    'Duplicate Key (B)': count,
    'No Key (B)': count,
  }),
  key_quality: keyQuality,
});
/** What a comparison counted; the findings themselves are in the table `uar_result`. */
export type ComparisonSummary = z.output<typeof comparisonSummary>;

const difference = z.strictObject({
  field_a: z.string(),
  field_b: z.string(),
  /** RFC 6901 (JSON Pointer) within the value; empty: the value as a whole. */
  path: z.string(),
  value_a: z.json(),
  value_b: z.json(),
  /**
   * `changed`; `type`: not of the declared type, or another JSON type; `only_a`, `only_b`: the other side has nothing there;
   * `more`: so many further differences are not listed, `value_a` says how many.
   */
  kind: z.enum(['changed', 'type', 'only_a', 'only_b', 'more']),
});

/** `uar_result.differences` of a mismatch, in the order of the mappings, then of the paths. */
export const differences = z.array(difference);
export type Difference = z.output<typeof difference>;

/** How many differences of a finding are listed. */
export const listedDifferences = 100;
