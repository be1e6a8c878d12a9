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
import { staged } from '../../../src/import/staging.ts';
import { periodOf } from '../../../src/time/renewal.ts';
import {
  archivedColumn,
  currencyColumn,
  nameColumn,
  namedProblems,
  userColumn,
  writeCounted,
} from './named-items.ts';
import { optionalAmount } from './owner-cells.ts';

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

  write(trx, { now, columns }) {
    const has = (column: string) => sql`${columns.has(column)}::boolean`;
    return writeCounted(
      trx,
      sql`
      with matched as (
        select s.*, x.id as subscription_id, u.id as owner_id
          from ${staged} s
          left join subscription x on x.name = s.name
          left join "user" u on lower(u.email) = lower(s.owner_email)
      ), wanted as (
        select m.subscription_id, m.renewal_date, coalesce(m.type, x.subscription_type) as type,
               coalesce(m.period, x.renewal_period_type) as period, coalesce(m.every, x.renewal_period_value) as every,
               case when ${has('renewal_day')} then m.renewal_day else x.monthly_renewal_day end as renewal_day,
               coalesce(m.auto_renew, x.auto_renew) as auto_renew, coalesce(m.cost, x.cost) as cost,
               coalesce(upper(m.currency), x.currency) as currency,
               case when ${has('owner_email')} then m.owner_id else x.user_id end as user_id,
               coalesce(m.archived, x.is_archived) as is_archived
          from matched m join subscription x on x.id = m.subscription_id
      ), changed as (
        update subscription x
           set renewal_date = w.renewal_date, subscription_type = w.type, renewal_period_type = w.period,
               renewal_period_value = w.every, monthly_renewal_day = w.renewal_day, auto_renew = w.auto_renew, cost = w.cost,
               currency = w.currency, user_id = w.user_id, is_archived = w.is_archived, updated_at = ${now}
          from wanted w
         where x.id = w.subscription_id
           and (x.renewal_date, x.subscription_type, x.renewal_period_type, x.renewal_period_value, x.monthly_renewal_day,
                x.auto_renew, x.cost, x.currency, x.user_id, x.is_archived)
               is distinct from (w.renewal_date, w.type, w.period, w.every, w.renewal_day,
                w.auto_renew, w.cost, w.currency, w.user_id, w.is_archived)
        returning x.id
      ), added as (
        insert into subscription
          (name, subscription_type, renewal_date, renewal_period_type, renewal_period_value, monthly_renewal_day, auto_renew,
           cost, currency, pricing_model, user_id, is_archived, created_at, updated_at)
        select name, coalesce(type, 'Other'), renewal_date, coalesce(period, 'yearly'), coalesce(every, 1), renewal_day,
               coalesce(auto_renew, true), coalesce(cost, 0), coalesce(upper(currency), 'EUR'), 'fixed', owner_id,
               coalesce(archived, false), ${now}, ${now}
          from matched where subscription_id is null order by line
        returning id
      )`,
    );
  },
});
