import { z } from 'zod';
import { duration } from '../../config/values.ts';

/** Lets a query run as the role of the connection. */
export const sameRole = 'same';

/** How queries run, as `jobs.uar.settings` of the configuration has it; other jobs run theirs in the same way. */
export const querySettings = {
  query_role: z
    .string()
    .min(1)
    .max(63)
    .nullable()
    .default(null)
    .describe(
      `Role of the database that queries run as: one that may read what they need and nothing else. '${sameRole}': the program's own, refused on a database of OpsDeck while that may read secrets. Default: on a database of OpsDeck queries are refused, elsewhere the program's own.`,
    ),
  query_timeout: z
    .string()
    .refine((text) => duration.safeParse(text).success, { error: 'is not a duration; give one such as 60s' })
    .default('60s')
    .describe('A query that takes longer fails.'),
  query_max_rows: z
    .int()
    .min(1)
    .max(100_000_000)
    .default(1_000_000)
    .describe('A query that gives more rows fails; nothing is cut off.'),
};

export interface QuerySettings {
  /** null: none is named. */
  readonly query_role: string | null;
  readonly query_timeout: string;
  readonly query_max_rows: number;
}
