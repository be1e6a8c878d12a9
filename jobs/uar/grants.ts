import type { TableGrant } from '../../src/grants/table-grant.ts';

export const uarGrants: readonly TableGrant[] = [
  { table: 'uar_finding', select: 'all', insert: true, update: 'all' },
  { table: 'uar_execution', select: 'all', insert: true, update: 'all' },
  { table: 'security_incident', select: 'all', insert: true, update: 'all' },
  { table: 'uar_comparison', select: 'all', update: ['last_run_at', 'next_run_at'] },
  // `report leavers`: who left, and the first date of each departure.
  { table: 'offboarding_process', select: ['id', 'user_id', 'departure_date'] },
  { table: 'onboarding_process', select: ['user_id', 'start_date'] },
  { table: 'audit_log', select: ['id', 'entity_type', 'entity_id', 'action', 'changes'], insert: true },
  // Rows that no execution has any more.
  { table: 'opsdeck_jobs.uar_population', delete: true },
  // Of findings that were removed.
  { table: 'opsdeck_jobs.uar_overdue_notice', delete: true },
  // What comparisons have as their sources.
  { table: 'user', select: ['id', 'name', 'email', 'role', 'is_archived'] },
  { table: 'subscription', select: 'all' },
  { table: 'subscription_users', select: 'all' },
  {
    table: 'license',
    select: ['id', 'name', 'expiry_date', 'cost', 'currency', 'user_id', 'subscription_id', 'is_archived'],
  },
  { table: 'custom_field_definition', select: 'all' },
  { table: 'custom_field_value', select: 'all' },
  { table: 'business_service', select: 'all' },
  { table: 'service_users', select: 'all' },
  { table: 'service_component', select: 'all' },
];
