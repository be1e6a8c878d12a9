import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import { addDays, type Day } from '../../src/time/calendar-day.ts';
import { daysIn, otherRenewalDay, periodOf, type RenewalPlan, renewalsOf } from '../../src/time/renewal.ts';
import { farthestFor, withCancelling } from './cancelling.ts';
import { eachItem } from './each-item.ts';
import { costOf, type ExpiringItem, type FoundItems, type ItemProblem, type ItemScope } from './item.ts';
import { renewalDays } from './renewal-days.ts';
import { isCounted, isOpen, isReadable, isWanted } from './settled.sql.ts';
import { forPeriod, type Thresholds } from './thresholds.ts';

export interface SubscriptionRules {
  readonly thresholds: Thresholds;
  /** Days before a renewal by which it must be cancelled, by name or type of subscription, in small letters. */
  readonly noticeDays: ReadonlyMap<string, number>;
}

interface SubscriptionRow {
  readonly id: number;
  readonly name: string;
  readonly subscription_type: string;
  readonly renewal_date: Day;
  /** A year that people and programs can read. */
  readonly readable: boolean;
  readonly renewal_period_type: string;
  readonly renewal_period_value: number | null;
  readonly monthly_renewal_day: string | null;
  readonly renews: boolean;
  readonly cost: number | null;
  readonly currency: string;
  readonly user_id: number | null;
  readonly supplier: string | null;
}

/**
 * Two statements. SQL leaves out what cannot have a renewal between `since` and `until`: by the month for monthly and yearly plans,
 * which may name too many; the pure rule then decides.
 */
export async function readSubscriptions(
  db: Kysely<Database>,
  scope: ItemScope,
  rules: SubscriptionRules,
): Promise<FoundItems> {
  const { since, until, today, everyRenewal } = scope;
  const months = (day: unknown) =>
    sql`(extract(year from ${day}::date) * 12 + extract(month from ${day}::date))::integer`;
  const { rows } = await sql<SubscriptionRow>`
    with plans as (
      select s.*, ${isReadable(sql`s.renewal_date`)} as readable, coalesce(s.auto_renew, false) as renews, lower(btrim(s.renewal_period_type)) as period,
             -- What cannot be a period is kept for the rule to say so.
             case when s.renewal_period_value < 1 then 1 else coalesce(s.renewal_period_value, 1)::bigint end
               * case lower(btrim(s.renewal_period_type)) when 'yearly' then 12 else 1 end as step
        from subscription s
       where not s.is_archived and ${isWanted(sql`s.id`, scope)}
    ), coming as (
      select p.*
        from plans p
       where case
               when not readable then true
               when not renews then renewal_date <= ${until}::date
                    and ${isOpen('subscription', sql`p.id`, sql`p.renewal_date`, scope, rules.thresholds)}
               when renewal_date >= ${since}::date then renewal_date <= ${until}::date
               when renewal_period_value < 1 or period not in ('monthly', 'yearly', 'custom') then true
               when period = 'custom' then
                 ceil((${since}::date - renewal_date)::numeric / step) * step <= ${until}::date - renewal_date
               else
                 ceil((${months(since)} - ${months(sql`renewal_date`)})::numeric / step) * step + ${months(sql`renewal_date`)}
                   <= ${months(until)}
             end
    )
    select c.id, c.name, c.subscription_type, c.renewal_date::text as renewal_date, c.readable, c.renewal_period_type,
           c.renewal_period_value, c.monthly_renewal_day, c.renews, upper(coalesce(nullif(btrim(c.currency), ''), 'EUR')) as currency,
           case when c.pricing_model <> 'fixed' and c.cost_per_user is not null then (c.cost_per_user::numeric * (
                  select count(*) from subscription_users a join "user" u on u.id = a.user_id
                   where a.subscription_id = c.id and not u.is_archived))::double precision
                else c.cost end as cost,
           c.user_id, p.name as supplier
      from coming c left join supplier p on p.id = c.supplier_id
     order by c.id`.execute(db);
  const { rows: counted } = await sql<{ total: number }>`
    select count(*)::integer as total from subscription where not is_archived and ${isCounted(sql`id`, scope)}`.execute(
    db,
  );
  const items: ExpiringItem[] = [];
  const sink = everyRenewal ?? { add: (item) => items.push(item), isTooLate: () => false };
  const problems: ItemProblem[] = [];
  eachItem('subscription', rows, problems, (row) => {
    const wrong = (problem: string) =>
      problems.push({ kind: 'subscription', id: row.id, name: row.name, problem });
    if (!row.readable) {
      wrong(`its renewal date is recorded as ${row.renewal_date}, which is no date`);
      return;
    }
    const plan = planOf(row);
    const renewals = row.renews ? renewalsOf(plan) : null;
    if (renewals !== null && 'problem' in renewals && row.renewal_date < today) {
      wrong(renewals.problem);
      return;
    }
    const other = row.renews ? otherRenewalDay(plan) : null;
    if (other !== null) {
      wrong(
        `its renewal date is ${row.renewal_date}, but its renewal day is '${other}': after that date the day counts`,
      );
    }
    const notice = noticeOf(row, rules);
    const ends =
      renewals === null || 'problem' in renewals
        ? [row.renewal_date]
        : renewalDays(renewals, scope, notice === undefined ? 0 : farthestFor(notice));
    for (const day of ends) {
      if (sink.isTooLate(day)) break;
      sink.add(toItem(row, day, notice, rules));
    }
  });
  return { total: counted[0]?.total ?? 0, items, problems };
}

function planOf(row: SubscriptionRow): RenewalPlan {
  return {
    anchor: row.renewal_date,
    periodType: row.renewal_period_type,
    n: row.renewal_period_value,
    monthlyRenewalDay: row.monthly_renewal_day,
  };
}

/** Days before a renewal by which it must be cancelled; undefined: none are known. */
function noticeOf(row: SubscriptionRow, { noticeDays }: SubscriptionRules): number | undefined {
  if (!row.renews) return undefined;
  return (
    noticeDays.get(`subscription:${row.id}`) ??
    noticeDays.get(row.name.trim().toLowerCase()) ??
    noticeDays.get(row.subscription_type.trim().toLowerCase())
  );
}

function toItem(
  row: SubscriptionRow,
  expiresOn: Day,
  notice: number | undefined,
  { thresholds }: SubscriptionRules,
): ExpiringItem {
  const period = row.renews ? periodOf(row.renewal_period_type, row.renewal_period_value) : null;
  const days = period === null ? null : daysIn(period);
  const fitting = days === null ? thresholds : forPeriod(thresholds, days);
  return {
    kind: 'subscription',
    id: row.id,
    name: row.name,
    key: expiresOn,
    expiresOn,
    thresholds: notice === undefined ? fitting : withCancelling(fitting, notice, days),
    happens: row.renews ? 'renews' : 'ends',
    owner: row.user_id === null ? null : { type: 'user', id: row.user_id },
    detail: [row.subscription_type, row.supplier].filter((part) => part !== null && part !== '').join(', '),
    cost: costOf(row.cost, row.currency),
    breakGlass: false,
    cancelBy: notice === undefined ? null : addDays(expiresOn, -notice),
    differences: [],
  };
}
