import type { TableGrant } from '../../src/grants/table-grant.ts';

/** Of all three jobs: owners may be groups. */
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
