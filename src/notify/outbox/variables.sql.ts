import { sql } from 'kysely';
import type { MessageKinds } from './message-kind.ts';

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

/** Of what no job knows, by kind: a `target_type`, or `event` for the rows of event rules. */
export const opsdeckKinds: MessageKinds = {
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
