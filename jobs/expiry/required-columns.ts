import type { JobDefinition } from '../../src/job/define-job.ts';
import { queueColumns } from '../../src/notify/required-columns.ts';

type Columns = JobDefinition['requires'];

/** What every expiry job reads and writes; a database without one of these cannot run it. */
export const requiredColumns: Columns = {
  ...queueColumns,
  group: ['id', 'name'],
  user_groups: ['user_id', 'group_id'],
  notification_setting: ['id', 'email_recipient', 'notify_days_before'],
  'opsdeck_jobs.alert_ledger': [
    'item_kind',
    'item_id',
    'expiry_key',
    'destination',
    'threshold',
    'state',
    'listed_for',
  ],
  'opsdeck_jobs.alert_hold': ['item_kind', 'item_id', 'until', 'renewed_on'],
  'opsdeck_jobs.alert_watch': ['item_kind', 'last_run_on', 'listed_for'],
  'opsdeck_jobs.message': ['communication_id', 'dedupe_key', 'context', 'state'],
};

export const subscriptionColumns: Columns = {
  subscription: [
    'id',
    'name',
    'subscription_type',
    'renewal_date',
    'renewal_period_type',
    'renewal_period_value',
    'monthly_renewal_day',
    'auto_renew',
    'cost',
    'currency',
    'pricing_model',
    'cost_per_user',
    'user_id',
    'supplier_id',
    'is_archived',
  ],
  subscription_users: ['subscription_id', 'user_id'],
  supplier: ['id', 'name'],
  license: ['id', 'name', 'expiry_date', 'cost', 'currency', 'user_id', 'is_archived'],
};

export const credentialColumns: Columns = {
  credentials: ['id', 'name', 'type', 'break_glass', 'owner_id', 'owner_type'],
  credential_secrets: ['id', 'credential_id', 'masked_value', 'expires_at', 'is_active'],
};

export const certificateColumns: Columns = {
  certificates: ['id', 'name', 'type', 'owner_id', 'owner_type'],
  certificate_versions: [
    'id',
    'certificate_id',
    'valid_from',
    'expires_at',
    'common_name',
    'serial_number',
    'public_body',
    'is_active',
  ],
  'opsdeck_jobs.certificate_reading': ['version_id', 'body_hash', 'ends'],
  'opsdeck_jobs.certificate_endpoint': ['certificate_id', 'endpoint'],
  'opsdeck_jobs.endpoint_observation': ['certificate_id', 'endpoint', 'faults'],
};
