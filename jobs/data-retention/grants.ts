import type { TableGrant } from '../../src/grants/table-grant.ts';

const disposed = [
  ...['audit_log', 'scheduled_communication', 'uar_execution', 'uar_finding', 'exchange_rate'],
  'compliance_audit',
];
/** A row that something points to is kept. */
const pointing = ['audit_control_item', 'audit_evidence', 'audit_participants'];
const ofReviews = ['uar_identity'];
/** The other roles cannot change these, so that this one needs a right to lock them. */
const decisions = ['uar_sign_off', 'uar_decision', 'uar_execution_record', 'uar_observation'];

/** Of our own tables that the program itself removes nothing of. */
const ofOurs = ['fx_rate', 'retention_run'];
/** Which of their items are still there. */
export const items = ['subscription', 'license', 'credentials', 'certificates'];

/** Beside what the other jobs may do. `update (id)`: rows are locked before they are deleted. */
export const retentionGrants: readonly TableGrant[] = [
  ...disposed.map((table): TableGrant => ({ table, update: ['id'], delete: true })),
  ...pointing.map((table): TableGrant => ({ table, select: 'all' })),
  ...items.map((table): TableGrant => ({ table, select: ['id'] })),
  ...[...ofReviews, ...ofOurs].map((table): TableGrant => ({ table: `opsdeck_jobs.${table}`, delete: true })),
  ...decisions.map(
    (table): TableGrant => ({ table: `opsdeck_jobs.${table}`, update: ['execution_id'], delete: true }),
  ),
  { table: 'opsdeck_jobs.drift_event', update: ['audit_id'], delete: true },
  // The link of a snapshot that was removed stays, and names the archive.
  { table: 'opsdeck_jobs.drift_snapshot', update: ['removed_by'] },
];
