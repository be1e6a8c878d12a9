import { sql } from 'kysely';
import { z } from 'zod';
import type { MessageKinds, VariableScope } from '../../src/notify/outbox/message-kind.ts';
import type { JsonObject } from '../../src/text/json.ts';
import { daysBetween } from '../../src/time/calendar-day.ts';
import { renewalsOf } from '../../src/time/renewal.ts';

const plan = z.object({
  renews: z.boolean(),
  anchor: z.string(),
  period: z.string(),
  n: z.int().nullable(),
  monthly_renewal_day: z.string().nullable(),
});

/** The date that OpsDeck announces: the next renewal, not the one that the row was made with. */
function withRenewal({ plan: stored, ...variables }: JsonObject, { today }: VariableScope): JsonObject {
  const {
    renews,
    anchor,
    period: periodType,
    n,
    monthly_renewal_day: monthlyRenewalDay,
  } = plan.parse(stored);
  const renewals = renews ? renewalsOf({ anchor, periodType, n, monthlyRenewalDay }) : undefined;
  const date =
    renewals === undefined || 'problem' in renewals ? anchor : renewals.occurrence(renewals.firstFrom(today));
  return { ...variables, renewal_date: date, days_left: daysBetween(today, date) };
}

/** Of OpsDeck's messages about subscriptions and licences. */
export const renewalVariables: MessageKinds = {
  license: {
    table: 'license',
    query: (keys, { today }) => sql`
    select l.id as key, jsonb_build_object(
             'license_name', l.name, 'expiry_date', coalesce(l.expiry_date::text, 'N/A'),
             'days_left', coalesce(l.expiry_date - ${today}::date, 0)) as variables
      from license l where l.id = any (${keys}::integer[])`,
  },
  subscription: {
    table: 'subscription',
    query: (keys) => sql`
    select s.id as key, jsonb_build_object(
             'subscription_name', s.name,
             'plan', jsonb_build_object('renews', coalesce(s.auto_renew, false), 'anchor', s.renewal_date,
                                        'period', s.renewal_period_type, 'n', s.renewal_period_value,
                                        'monthly_renewal_day', s.monthly_renewal_day),
             'cost', case when s.cost is null then '' else trim_scale(s.cost::numeric)::text || ' ' || s.currency end) as variables
      from subscription s where s.id = any (${keys}::integer[])`,
    finish: withRenewal,
  },
};
