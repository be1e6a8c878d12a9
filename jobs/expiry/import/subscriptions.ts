import { sql } from 'kysely';
import { z } from 'zod';
import {
  optionalBoolean,
  optionalInteger,
  optionalText,
  quoted,
  requiredDate,
} from '../../../src/import/cells.ts';
import { column, defineCsvKind } from '../../../src/import/csv-kind.ts';
import { periodOf } from '../../../src/time/renewal.ts';
import {
  archivedColumn,
  costColumns,
  currencyColumn,
  nameColumn,
  namedProblems,
  ownedColumns,
  userColumn,
  writeCounted,
} from './named-items.ts';
import { optionalAmount } from './owner-cells.ts';
import { writeNamed } from './write-named.sql.ts';

const periods = ['monthly', 'quarterly', 'yearly', 'annual', 'every 3 months', 'custom'];

const period = optionalText(20).refine((text) => text === null || periodOf(text, 1) !== null, {
  error: ({ input }) => `is ${quoted(String(input))}: write ${periods.join(', ')}`,
});

const renewalDay = optionalText(10).refine(
  (text) => text === null || /^(first|last|[1-9]|[12]\d|3[01])$/.test(text),
  { error: ({ input }) => `is ${quoted(String(input))}: write first, last or a day from 1 to 31` },
);

const cells = z.object({
  name: nameColumn(100),
  renewal_date: column(
    'date',
    requiredDate,
    'YYYY-MM-DD: a renewal from which the others are counted, or the end',
  ),
  type: column('text', optionalText(50), 'such as SaaS; empty: Other, or as it was'),
  period: column(
    'text',
    period,
    'monthly, quarterly, yearly, every 3 months or custom (days); empty: yearly, or as it was',
  ),
  every: column('integer', optionalInteger(1, 3650), 'so many of them; empty: 1, or as it was'),
  renewal_day: column('text', renewalDay, 'of a monthly one: first, last or a day; empty: that of the date'),
  auto_renew: column('boolean', optionalBoolean, 'true or false; empty: true, or as it was'),
  cost: column('double precision', optionalAmount, 'such as 1200.50; empty: 0, or as it was'),
  currency: currencyColumn,
  owner_email: userColumn,
  archived: archivedColumn,
});

/** OpsDeck knows months, years and days: `quarterly` is every 3 months. */
function inOpsdecksWords<T extends { readonly period: string | null; readonly every: number | null }>(
  row: T,
): T {
  if (row.period === null || ['monthly', 'yearly', 'custom'].includes(row.period)) return row;
  const found = periodOf(row.period, row.every);
  if (found === null) return row;
  const { unit, count } = found;
  if (unit === 'days') return { ...row, period: 'custom', every: count };
  return count % 12 === 0
    ? { ...row, period: 'yearly', every: count / 12 }
    : { ...row, period: 'monthly', every: count };
}

/** Rows of `subscription`, by name. What the file leaves out keeps its value. */
export const subscriptions = defineCsvKind({
  name: 'subscriptions',
  cells: () => cells,
  row: (cells) => cells.transform(inOpsdecksWords),

  problems: (trx) => namedProblems(trx, { table: 'subscription', many: 'subscriptions', groups: false }),

  write: (trx, { now, columns }) =>
    writeCounted(
      trx,
      writeNamed({
        table: 'subscription',
        columns: [
          { into: 'renewal_date', value: sql`m.renewal_date` },
          { into: 'subscription_type', value: sql`m.type`, kept: 'where null', initial: sql`'Other'` },
          { into: 'renewal_period_type', value: sql`m.period`, kept: 'where null', initial: sql`'yearly'` },
          { into: 'renewal_period_value', value: sql`m.every`, kept: 'where null', initial: sql`1` },
          {
            into: 'monthly_renewal_day',
            value: sql`m.renewal_day`,
            ...(columns.has('renewal_day') ? {} : { kept: 'where absent' }),
          },
          { into: 'auto_renew', value: sql`m.auto_renew`, kept: 'where null', initial: sql`true` },
          ...costColumns(sql`0`),
          ...ownedColumns(columns),
        ],
        initial: { pricing_model: sql`'fixed'`, created_at: now, updated_at: now },
        changed: { updated_at: now },
      }),
    ),
});
