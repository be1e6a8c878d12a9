import { z } from 'zod';
import { queryRefusal } from '../../../src/sources/query/query-guard.ts';

const query = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(50)
    .describe('What its items are, such as domain; with the key, what an item is known by.'),
  sql: z
    .string()
    .superRefine((text, context) => {
      const refusal = queryRefusal(text.trim());
      if (refusal !== undefined) context.addIssue({ code: 'custom', message: `${refusal}` });
    })
    .describe('One SELECT with the columns name and date, and as needed owner, cost, currency and link.'),
  key: z
    .string()
    .trim()
    .min(1)
    .default('name')
    .describe('The column that identifies an item, also when its name changes. Default: name.'),
});
export type DeadlineQuery = z.output<typeof query>;

/** An answer with more items is refused whole. */
export const mostAnswered = 10_000;

export const queriesSetting = z
  .array(query)
  .max(50)
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, {
    error: 'has two queries of the same name',
  })
  .default([])
  .describe(
    `Queries whose answers are watched, run as \`query_role\` and within \`query_timeout\` of the job \`uar\`; at most ${mostAnswered} items each. Default: none.`,
  );
