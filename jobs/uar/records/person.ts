import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { readAdministrators } from '../../../src/notify/administrators.ts';
import { by, byType, type Dependent, type RecordKind } from '../../../src/records/record-kind.ts';

/** Rows `t` whose column has the address of the person, in any letter case. */
const byAddress =
  (column: string) =>
  (id: number): RawBuilder<boolean> =>
    sql<boolean>`lower(t.${sql.id(column)}) = (select lower(email) from public."user" where id = ${id}::integer)`;

const belongs = (table: string, one: string, column = 'user_id'): Dependent => ({
  ...{ one, many: `${one}s`, table },
  where: by(column),
});

const owned = (table: string, one: string): Dependent => ({
  ...{ one, many: `${one}s`, table },
  where: byType('User', { type: 'owner_type', id: 'owner_id' }),
});

/** What names a person and is evidence, or would lose whom alerts go to. */
const keeping: readonly Dependent[] = [
  { one: 'decision', many: 'decisions', table: 'opsdeck_jobs.action_log', where: byAddress('actor') },
  belongs('opsdeck_jobs.control_attestation', 'attestation', 'actor_user_id'),
  belongs('opsdeck_jobs.control_action', 'action', 'actor_user_id'),
  belongs('opsdeck_jobs.control_action_end', 'ended action', 'actor_user_id'),
  belongs('opsdeck_jobs.control_acceptance', 'acceptance', 'actor_user_id'),
  {
    ...belongs('opsdeck_jobs.uar_decision', 'decision about a finding', 'actor_user_id'),
    many: 'decisions about findings',
  },
  belongs('opsdeck_jobs.uar_sign_off', 'sign-off'),
  {
    ...belongs('opsdeck_jobs.uar_observation', 'finding of a review', 'affected_user_id'),
    many: 'findings of reviews',
  },
  {
    ...{ one: 'finding about the person', many: 'findings about the person', table: 'uar_finding' },
    where: byType('User', { type: 'affected_entity_type', id: 'affected_entity_id' }),
  },
  belongs('uar_finding', 'assigned finding', 'assigned_to_id'),
  {
    ...{ one: 'approved exception', many: 'approved exceptions', table: 'opsdeck_jobs.uar_exception' },
    where: (id) => sql<boolean>`${byAddress('added_by')(id)} or ${byAddress('requested_by')(id)}`,
  },
  belongs('activity_execution', 'execution', 'executor_id'),
  {
    ...owned('security_activity', 'owned activity'),
    many: 'owned activities',
  },
  belongs('campaign', 'campaign', 'created_by_id'),
  belongs('campaign_users', 'addressed campaign'),
  belongs('maintenance_log', 'maintenance record', 'assigned_to_id'),
  belongs('bcdr_test_log', 'recovery test', 'assignee_id'),
  {
    ...{ one: 'onboarding', many: 'onboardings', table: 'onboarding_process' },
    where: (id) => sql<boolean>`${id}::integer in (t.user_id, t.assigned_manager_id, t.assigned_buddy_id)`,
  },
  {
    ...{ one: 'offboarding', many: 'offboardings', table: 'offboarding_process' },
    where: (id) => sql<boolean>`${id}::integer in (t.user_id, t.manager_id)`,
  },
  {
    ...belongs('opsdeck_jobs.evidence_entry', 'piece of imported evidence', 'performed_by'),
    many: 'pieces of imported evidence',
  },
  belongs('compliance_audit', 'audit', 'internal_lead_id'),
  {
    ...{ one: 'incident', many: 'incidents', table: 'security_incident' },
    where: (id) => sql<boolean>`${id}::integer in (t.reported_by_id, t.owner_id, t.assignee_id)`,
  },
  { one: 'journal entry', many: 'journal entries', table: 'audit_log', where: by('user_id') },
  belongs('scheduled_communication', 'message', 'recipient_user_id'),
  belongs('business_service', 'owned service', 'owner_id'),
  belongs('subscription', 'owned subscription'),
  belongs('license', 'owned licence'),
  belongs('opsdeck_jobs.deadline', 'owned deadline', 'owner_id'),
  owned('credentials', 'owned credential'),
  owned('certificates', 'owned certificate'),
];

/** Somebody who executes activities, decides, owns things and receives alerts: what `import users` brought. */
export const person: RecordKind = {
  name: 'person',
  plural: 'people',
  also: ['user', 'users', 'persons'],
  many: 'people',
  table: 'user',
  rows: sql`
    select u.id, u.email as name, not coalesce(u.is_archived, false) as enabled, u.name as person, u.role, u.department
      from public."user" u`,
  details: ['person', 'role', 'department'],
  alsoNamed: sql`select id, name from public."user"`,
  rename: { column: 'name', longest: 100, among: null },
  state: {
    column: 'is_archived',
    on: false,
    enabled: 'the account is active',
    disabled: 'the account is archived: it decides nothing and receives no alerts',
  },
  parts: [
    {
      one: 'membership of a group',
      many: 'memberships of groups',
      table: 'user_groups',
      where: by('user_id'),
    },
    { one: 'use of a service', many: 'uses of services', table: 'service_users', where: by('user_id') },
    {
      one: 'use of a subscription',
      many: 'uses of subscriptions',
      table: 'subscription_users',
      where: by('user_id'),
    },
    {
      ...{ one: 'custom field', many: 'custom fields', table: 'custom_field_value' },
      where: byType('User', { type: 'linkable_type', id: 'linkable_id' }),
    },
    {
      ...{ one: 'link', many: 'links', table: 'compliance_link' },
      where: byType('User', { type: 'linkable_type', id: 'linkable_id' }),
    },
  ],
  loosened: [
    {
      one: 'person they manage',
      many: 'people they manage',
      table: 'user',
      where: by('manager_id'),
      column: 'manager_id',
    },
    {
      one: 'person they introduce',
      many: 'people they introduce',
      table: 'user',
      where: by('buddy_id'),
      column: 'buddy_id',
    },
  ],
  evidence: keeping,
  afterwards: remainingAdministrators,
  page: '/users',
};

async function remainingAdministrators(trx: Transaction<Database>): Promise<readonly string[]> {
  const administrators = await readAdministrators(trx);
  return administrators.length > 0
    ? []
    : [
        'No active administrator is left: alerts for administrators reach no person. Import one with `import users FILE`.',
      ];
}
