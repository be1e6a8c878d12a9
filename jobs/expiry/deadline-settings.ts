import { z } from 'zod';
import { queriesSetting } from './queries/setting.ts';
import { thresholdList, usualThresholds } from './thresholds.ts';

/** What `kinds` may name. */
const namedKinds = ['contract', 'warranty', 'payment_method', 'risk', 'training', 'request'] as const;

/** `12 months`, `1 year`; undefined: neither. */
function monthsOf(text: string): number | undefined {
  const [, count = '', unit = ''] = /^(\d{1,3}) (month|year)s?$/.exec(text.trim().toLowerCase()) ?? [];
  const months = Number(count) * (unit === 'year' ? 12 : 1);
  return unit !== '' && months >= 1 && months <= 1200 ? months : undefined;
}

const interval = z.string().refine((text) => monthsOf(text) !== undefined, {
  error: 'is not a number of months or years; give one such as 12 months',
});

export const deadlineSettings = z.strictObject({
  kinds: z
    .array(z.enum(namedKinds))
    .refine((list) => new Set(list).size === list.length, { error: 'names a kind twice' })
    .default([])
    .describe(
      'What is watched: contract, warranty, payment_method, risk, training, request. Default: nothing.',
    ),
  review_every: z
    .strictObject({ policy: interval.optional(), supplier: interval.optional() })
    .default({})
    .describe(
      'How long after the active version of a policy, or the last assessment of a supplier, a review is due, such as 12 months. Default: none.',
    ),
  queries: queriesSetting,
  thresholds: thresholdList
    .default([...usualThresholds])
    .describe('Days before a date at which an alert is sent; negative: days after it.'),
});
export type DeadlineSettings = z.output<typeof deadlineSettings>;

/** Months between two reviews; undefined: none are due. */
export function reviewMonths({ review_every }: DeadlineSettings, kind: 'policy' | 'supplier') {
  const text = review_every[kind];
  return text === undefined ? undefined : monthsOf(text);
}
