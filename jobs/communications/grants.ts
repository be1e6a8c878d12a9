import type { TableGrant } from '../../src/grants/table-grant.ts';

export const communicationsGrants: readonly TableGrant[] = [
  { table: 'audit_log', select: 'all' },
  { table: 'onboarding_pack', select: 'all' },
  { table: 'onboarding_process', select: 'all' },
  { table: 'offboarding_process', select: 'all' },
  { table: 'user', select: ['job_title', 'department', 'personal_email', 'manager_id'] },
  {
    table: 'scheduled_communication',
    update: ['status', 'sent_at', 'error_message', 'retry_count', 'next_retry_at'],
  },
  { table: 'campaign', select: 'all', update: ['status'] },
  { table: 'event_rule', select: 'all', since: '015' },
];
