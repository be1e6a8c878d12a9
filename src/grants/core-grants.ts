import type { TableGrant } from './table-grant.ts';

/** What the program itself, and the failure messages of every job, need of OpsDeck's tables. */
const ofOpsdeck: readonly TableGrant[] = [
  { table: 'user', select: ['id', 'name', 'email', 'role', 'is_archived'] },
  // `notifications enable` and `disable` update it.
  { table: 'notification_event', select: 'all', insert: true, update: ['enabled', 'updated_at'] },
  { table: 'email_template', select: 'all', insert: true },
  { table: 'scheduled_communication', select: 'all', insert: true },
  { table: 'notification_setting', select: 'all' },
  { table: 'alembic_version', select: 'all' },
];

/** Rows of our own tables that the program removes again. */
const ofOurs: readonly TableGrant[] = [
  'job_run',
  'run_day',
  'run_log',
  'runner',
  'message',
  'destination',
  'alert_hold',
  'deadline',
  'certificate_endpoint',
  'endpoint_observation',
].map((table) => ({ table: `opsdeck_jobs.${table}`, delete: true }));

export const coreGrants: readonly TableGrant[] = [...ofOpsdeck, ...ofOurs];

/** Our tables of which no row is ever changed; triggers of 0046-standing-rows refuse it, too. */
export const appendOnlyTables: readonly string[] = [
  ...['action_log', 'archive_manifest', 'control_acceptance', 'control_action', 'control_action_end'],
  ...['control_attestation', 'drift_event', 'run_settings', 'uar_decision', 'uar_sign_off'],
  ...['drift_snapshot', 'drift_snapshot_framework', 'record_head', 'record_row', 'uar_execution_record'],
  ...['uar_observation', 'record_timestamp', 'catalog_import'],
].map((table) => `opsdeck_jobs.${table}`);
