import type { JobDefinition } from '../../src/job/define-job.ts';
import { queueColumns } from '../../src/notify/required-columns.ts';
import { evaluationColumns } from '../compliance-drift/required-columns.ts';

/** What the job reads and writes; a database without one of these cannot run it. */
export const requiredColumns: JobDefinition['requires'] = {
  ...evaluationColumns,
  ...queueColumns,
  notification_setting: ['id', 'email_recipient'],
  'opsdeck_jobs.message': ['communication_id', 'dedupe_key', 'context'],
  'opsdeck_jobs.compliance_breach': ['rule_id', 'alerted_on'],
};
