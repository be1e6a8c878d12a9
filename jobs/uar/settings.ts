import { z } from 'zod';
import { readDuration } from '../../src/time/duration.ts';
import { sourceSettings } from './sources/settings.ts';

/** Where it comes as text: a plain decimal number, and not `1e1`, `0x1` or nothing at all, which `Number` would take. */
function fromDigits(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
}

export const uarParams = z.strictObject({
  comparison: z
    .preprocess(fromDigits, z.int({ error: 'not the number of a comparison' }).min(1).max(2_147_483_647))
    .optional()
    .describe(
      'Only this comparison, by its number or name, and now, whether it is due or not. Default: every one that is due.',
    ),
  'accept-change': z
    .preprocess(
      (value) => (value === 'true' ? true : value === 'false' ? false : value),
      z.boolean({ error: 'neither true nor false' }),
    )
    .optional()
    .describe(
      'true: the sources may differ from last time by more than the limits. The person who accepts is recorded. Needs `comparison`.',
    ),
});
export type UarParams = z.output<typeof uarParams>;

const longestLead = 12 * 3_600_000;

export const uarSettings = sourceSettings.extend({
  before_opsdeck: z
    .string()
    .refine((text) => inRange(readDuration(text)), {
      error: 'is not a duration of at most 12h; give one such as 1h',
    })
    .nullable()
    .default(null)
    .describe(
      'How long before 08:00 in the business zone, when OpsDeck executes what is due, this job executes it. Default: when it is due.',
    ),
});

function inRange(lead: number | undefined): boolean {
  return lead !== undefined && lead > 0 && lead <= longestLead;
}

export type UarSettings = z.output<typeof uarSettings>;
