import { z } from 'zod';
import { readDuration } from '../../src/time/duration.ts';

const dayMs = 86_400_000;

/** Whole days of a duration; undefined: it has none, or a part of one. */
function wholeDays(text: string): number | undefined {
  const days = (readDuration(text) ?? 0) / dayMs;
  return Number.isInteger(days) && days >= 1 ? days : undefined;
}

export const breachSettings = z.strictObject({
  repeat: z
    .string()
    .refine((text) => wholeDays(text) !== undefined, {
      error: 'is not a number of whole days; give one such as 7d',
    })
    .default('7d')
    .describe('A rule that stays in breach is in an alert again after so many days.'),
});
export type BreachSettings = z.output<typeof breachSettings>;

export function repeatDays({ repeat }: BreachSettings): number {
  return wholeDays(repeat) ?? 1;
}
