import type { TableGrant } from '../../src/grants/table-grant.ts';

/** Of all these jobs: owners may be groups. */
const owners: readonly TableGrant[] = [
  { table: 'group', select: 'all' },
  { table: 'user_groups', select: 'all' },
];

/** Without the key of a licence. */
export const subscriptionGrants: readonly TableGrant[] = [
  ...owners,
  { table: 'subscription', select: 'all' },
  { table: 'subscription_users', select: 'all' },
  { table: 'supplier', select: 'all' },
  {
    table: 'license',
    select: ['id', 'name', 'expiry_date', 'cost', 'currency', 'user_id', 'subscription_id', 'is_archived'],
  },
];

export const credentialGrants: readonly TableGrant[] = [
  ...owners,
  { table: 'credentials', select: ['id', 'name', 'type', 'break_glass', 'owner_id', 'owner_type'] },
  {
    table: 'credential_secrets',
    select: ['id', 'credential_id', 'masked_value', 'expires_at', 'is_active'],
  },
];

/** Without the place of a private key. */
export const certificateGrants: readonly TableGrant[] = [
  ...owners,
  { table: 'certificates', select: ['id', 'name', 'type', 'owner_id', 'owner_type'] },
  {
    table: 'certificate_versions',
    select: [
      ...['id', 'certificate_id', 'valid_from', 'expires_at', 'common_name', 'serial_number'],
      ...['public_body', 'is_active'],
    ],
  },
];

/** What the kinds of the job `deadlines` read. */
export const deadlineGrants: readonly TableGrant[] = [
  ...owners,
  {
    table: 'contract',
    select: [
      ...[
        'id',
        'name',
        'status',
        'contract_type',
        'supplier_id',
        'cost',
        'currency',
        'start_date',
        'end_date',
      ],
      ...['notice_period_days', 'is_auto_renew'],
    ],
  },
  { table: 'contract_item', select: ['contract_id', 'item_id', 'item_type'] },
  { table: 'supplier', select: 'all' },
  { table: 'subscription', select: 'all' },
  { table: 'license', select: ['id', 'name', 'expiry_date', 'is_archived'] },
  ...['asset', 'peripheral'].map((table) => ({
    table,
    select: ['id', 'name', 'status', 'purchase_date', 'warranty_length', 'is_archived', 'user_id'],
  })),
  {
    table: 'payment_method',
    select: ['id', 'name', 'method_type', 'expiry_date', 'user_id', 'is_archived'],
  },
  { table: 'risk', select: ['id', 'risk_description', 'owner_id', 'status', 'next_review_date'] },
  { table: 'course', select: ['id', 'title'] },
  { table: 'course_assignment', select: ['id', 'due_date', 'course_id', 'user_id'] },
  { table: 'course_completion', select: ['id', 'assignment_id'] },
  {
    table: 'request',
    select: ['id', 'title', 'request_type', 'status', 'due_date', 'requester_id', 'assignee_id'],
    since: '010',
  },
  { table: 'policy', select: ['id', 'title'] },
  { table: 'policy_version', select: ['id', 'policy_id', 'status', 'effective_date'] },
  { table: 'security_assessment', select: ['id', 'supplier_id', 'assessment_date'] },
];
