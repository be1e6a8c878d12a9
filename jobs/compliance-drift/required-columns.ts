import type { JobDefinition } from '../../src/job/define-job.ts';
import { queueColumns } from '../../src/notify/required-columns.ts';
import { headerColumns } from './chain.sql.ts';

/** What the evaluation of rules reads; a database without one of these cannot evaluate them. */
export const evaluationColumns: JobDefinition['requires'] = {
  framework: ['id', 'name', 'is_active'],
  framework_control: ['id', 'framework_id', 'control_id', 'name', 'is_applicable'],
  compliance_rule: [
    'id',
    'framework_control_id',
    'name',
    'target_model',
    'criteria',
    'frequency_days',
    'grace_period_days',
    'enabled',
  ],
  compliance_link: ['framework_control_id'],
  security_activity: ['id', 'name'],
  activity_execution: ['id', 'activity_id', 'execution_date', 'status'],
  campaign: ['id', 'title', 'status', 'created_at', 'processed_at'],
  campaign_tags: ['campaign_id', 'tag_id'],
  tag: ['id', 'name'],
  maintenance_log: ['id', 'event_type', 'status', 'created_at'],
  bcdr_test_log: ['id', 'plan_id', 'test_date', 'status'],
  onboarding_process: ['id', 'status', 'created_at'],
  offboarding_process: ['id', 'status', 'created_at'],
  security_assessment: ['id', 'supplier_id', 'assessment_date', 'status'],
  risk_assessment: ['id', 'status', 'created_at'],
  uar_comparison: ['id', 'name'],
  uar_execution: ['id', 'comparison_id', 'status', 'started_at'],
  'opsdeck_jobs.uar_sign_off': ['execution_id'],
  'opsdeck_jobs.evidence_entry': ['model', 'evidence_id'],
  'opsdeck_jobs.control_attestation': ['id', 'framework_control_id', 'result', 'until'],
};

/** What the job reads and writes. */
export const requiredColumns: JobDefinition['requires'] = {
  ...evaluationColumns,
  ...queueColumns,
  compliance_audit: [...headerColumns, 'snapshot_data'],
  'opsdeck_jobs.drift_snapshot': ['audit_id', 'content_hash', 'previous_hash', 'chain_hash', 'chain_version'],
  'opsdeck_jobs.drift_snapshot_framework': ['audit_id', 'framework_id', 'status'],
  'opsdeck_jobs.drift_event': ['audit_id', 'class', 'severity', 'cause', 'detail', 'flapping'],
  'opsdeck_jobs.control_forecast': ['framework_control_id', 'turns_on', 'alerted_on', 'dedupe_key'],
  'opsdeck_jobs.catalog_change': ['audit_id', 'kind'],
  'opsdeck_jobs.message': ['communication_id', 'dedupe_key', 'context'],
};
