import { queueColumns } from '../../src/notify/required-columns.ts';

/** The tables of policies are looked at when they are used: one that is missing is a problem of that policy. */
export const requiredColumns = {
  ...queueColumns,
  'opsdeck_jobs.retention_run': ['run_id', 'archive_dir', 'policies', 'cleaned_at'],
  'opsdeck_jobs.archive_manifest': [
    'id',
    'run_id',
    'document',
    'content_hash',
    'previous_hash',
    'chain_hash',
  ],
  'opsdeck_jobs.archived_record': ['manifest_id', 'place', 'line'],
  'opsdeck_jobs.archived_copy': ['table_name', 'key', 'manifest_id'],
  'opsdeck_jobs.retention_hold': ['table_name', 'columns', 'values', 'until', 'released_at'],
  'opsdeck_jobs.retention_offer': ['policy', 'policy_hash', 'due', 'announced_by'],
  'opsdeck_jobs.retention_acceptance': ['policy', 'policy_hash', 'accepted', 'used'],
  'opsdeck_jobs.retention_progress': ['policy', 'policy_hash', 'last_key'],
};
