import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { everyReview } from '../../compliance/evidence.sql.ts';
import { judgedRules } from '../../compliance/judge-rules.sql.ts';
import type { JsonObject } from '../../text/json.ts';
import { type Day, daysBetween } from '../../time/calendar-day.ts';
import { renewalsOf } from '../../time/renewal.ts';
import type { Zones } from '../../time/zones.ts';

/** What the variables of a moment depend on. */
export interface VariableScope {
  readonly zones: Zones;
  readonly today: Day;
  /** OpsDeck's public address without a slash at its end; undefined: there are no links. */
  readonly appBaseUrl: string | undefined;
}

/** How the variables of one kind of row are found. */
export interface Kind {
  readonly table: string;
  /** Columns `key` and `variables`. */
  readonly query: (keys: readonly number[], scope: VariableScope) => RawBuilder<unknown>;
  /** The variables of a row that SQL alone does not make. */
  readonly finish?: (variables: JsonObject, scope: VariableScope) => JsonObject;
}

/** Templates ask `{% if manager %}`: nobody is null, and what somebody has not is empty. */
const person = (alias: string, ...more: readonly string[]) => {
  const pairs = ['name', 'email', 'job_title', ...more].map(
    (column) => `'${column}', coalesce(${alias}.${column}, '')`,
  );
  return sql.raw(`case when ${alias}.id is not null then jsonb_build_object(${pairs.join(', ')}) end`);
};

/** The list pages of OpsDeck under which an entity has a page of its own, by the class that the journal names. */
const detailPaths = {
  Asset: '/assets',
  Peripheral: '/peripherals',
  Subscription: '/subscriptions',
  Credential: '/credentials',
  Certificate: '/certificates',
  Contract: '/contracts',
  Supplier: '/suppliers',
  Request: '/requests',
  Change: '/changes',
  Risk: '/risk',
  Candidate: '/hiring/candidate',
  User: '/users',
  Group: '/groups',
} as const;

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

/** Queries and what is made of their rows, by kind: a `target_type`, or `event` for the rows of event rules. */
export const kinds: Readonly<Record<string, Kind | undefined>> = {
  onboarding: {
    table: 'onboarding_process',
    query: (keys) => sql`
    select p.id as key, jsonb_build_object(
             'new_hire_name', p.new_hire_name, 'start_date', p.start_date,
             'pack', case when k.id is not null
                          then jsonb_build_object('name', k.name, 'description', coalesce(k.description, '')) end,
             'user', coalesce(${person('u', 'personal_email')}, jsonb_build_object(
               'name', p.new_hire_name, 'email', coalesce(p.target_email, ''),
               'personal_email', coalesce(p.personal_email, ''), 'job_title', '')),
             'manager', ${person('m')}, 'buddy', ${person('b')}) as variables
      from onboarding_process p
      left join onboarding_pack k on k.id = p.pack_id
      left join "user" u on u.id = p.user_id
      left join "user" m on m.id = p.assigned_manager_id
      left join "user" b on b.id = p.assigned_buddy_id
     where p.id = any (${keys}::integer[])`,
  },
  offboarding: {
    table: 'offboarding_process',
    query: (keys) => sql`
    select p.id as key, jsonb_build_object(
             'departure_date', p.departure_date, 'user', ${person('u', 'personal_email')}, 'manager', ${person('m')}) as variables
      from offboarding_process p
      left join "user" u on u.id = p.user_id
      left join "user" m on m.id = p.manager_id
     where p.id = any (${keys}::integer[])`,
  },
  campaign: {
    table: 'user',
    query: (keys) => sql`
    select u.id as key, jsonb_build_object(
             'user', ${person('u', 'department')}, 'manager', ${person('m')}) as variables
      from "user" u
      left join "user" m on m.id = u.manager_id
     where u.id = any (${keys}::integer[])`,
  },
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
  compliance_rule: {
    table: 'compliance_rule',
    // Evaluated like the drift job does. Without evidence `days_since` is -1 and nothing can be counted from it, as in OpsDeck.
    query: (keys, { zones, today }) => sql`
    with moment as materialized (
      select ${today}::date as today
    ), scope as materialized (
      select distinct c.id as control_pk, true as is_applicable
        from compliance_rule r join framework_control c on c.id = r.framework_control_id
       where r.id = any (${keys}::integer[])
    ), ${judgedRules(zones, everyReview)}
    select r.id as key, jsonb_build_object(
             'rule_name', r.name, 'target_model', r.target_model, 'frequency_days', r.frequency_days,
             'grace_period_days', r.grace_period_days, 'control_id', c.control_id, 'control_name', c.name,
             'framework_name', f.name, 'last_evidence_date', j.day, 'days_since', coalesce(j.days_since, -1),
             'days_overdue', case when j.days_since is null then to_jsonb('N/A'::text)
                                  else to_jsonb(greatest(0, j.days_since - r.frequency_days - r.grace_period_days)) end,
             'status', coalesce(j.status, 'unknown'),
             'message', case when j.status is null then 'The rule is switched off'
                             when j.problem is not null then j.problem
                             when j.days_since is null then 'There is no evidence'
                             else format('The newest evidence is of %s, %s days ago', j.day, j.days_since) end) as variables
      from compliance_rule r
      left join judged j on j.id = r.id
      left join framework_control c on c.id = r.framework_control_id
      left join framework f on f.id = c.framework_id
     where r.id = any (${keys}::integer[])`,
  },
  event: {
    table: 'audit_log',
    query: (keys, { appBaseUrl }) => sql`
    select a.id as key, jsonb_build_object(
             'event_url', coalesce(${appBaseUrl ?? null}::text || (${JSON.stringify(detailPaths)}::text::jsonb ->> a.entity_type)
                                     || '/' || nullif(a.entity_id, 0), ''),
             'entity', a.entity_repr, 'entity_type', a.entity_type, 'entity_id', a.entity_id, 'action', a.action,
             'actor', coalesce(a.user_email, 'system'), 'timestamp', a.timestamp,
             'changes', opsdeck_jobs.try_jsonb(a.changes)) as variables
      from audit_log a where a.id = any (${keys}::integer[])`,
  },
};
