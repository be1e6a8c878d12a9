import type { TableGrant } from '../../src/grants/table-grant.ts';

const evidence = [
  ...['framework', 'framework_control', 'compliance_rule', 'compliance_link', 'security_activity'],
  ...['activity_execution', 'campaign', 'campaign_tags', 'tag', 'maintenance_log', 'bcdr_test_log'],
  ...['onboarding_process', 'offboarding_process', 'security_assessment', 'risk_assessment'],
  ...['uar_comparison', 'uar_execution'],
];

export const evaluationGrants: readonly TableGrant[] = [
  ...evidence.map((table): TableGrant => ({ table, select: 'all' })),
  // What is shown of the evidence: of whom, of what, and who recorded it.
  ...['bcdr_plan', 'supplier'].map((table): TableGrant => ({ table, select: ['id', 'name'] })),
];

export const driftGrants: readonly TableGrant[] = [
  ...evaluationGrants,
  { table: 'audit_log', select: 'all' },
  { table: 'compliance_audit', select: 'all', insert: true },
  { table: 'opsdeck_jobs.control_forecast', delete: true },
  // `report audit-file`: who must acknowledge a policy or complete a training, and who did.
  { table: 'user', select: ['created_at'] },
  { table: 'user_groups', select: 'all' },
  { table: 'policy', select: ['id', 'title'] },
  {
    table: 'policy_version',
    select: ['id', 'policy_id', 'version_number', 'status', 'effective_date', 'end_date'],
  },
  ...['policy_version_users', 'policy_version_groups'].map((table): TableGrant => ({ table, select: 'all' })),
  { table: 'policy_acknowledgement', select: ['policy_version_id', 'user_id', 'acknowledged_at'] },
  { table: 'course', select: ['id', 'title'] },
  { table: 'course_assignment', select: ['id', 'course_id', 'user_id', 'assigned_date', 'due_date'] },
  { table: 'course_completion', select: ['assignment_id', 'completion_date'] },
];
