import { evidenceDays } from '../../../src/job/evidence-days.ts';
import { heldHistory } from '../../../src/job/held-run.sql.ts';

/**
 * The tables that a policy may name. What is not here cannot be deleted from, whatever the configuration says. Foreign keys are
 * read from the database; `soft` are references that it does not know, because our tables have none to OpsDeck's.
 */
export interface KnownTable {
  /** `schema.name` for tables of our own. */
  readonly name: string;
  /** The shortest time for which rows are kept, days: journals, reviews and snapshots are evidence. */
  readonly floorDays: number;
  /** Tables whose rows may go with a row of this one, in the order in which they are put back. */
  readonly related: readonly RelatedTable[];
}

/** Rows of `table` belong to the row of `parent` whose `parentColumn` is in their `column`. */
export interface RelatedTable {
  readonly table: string;
  readonly column: string;
  readonly parent: string;
  readonly parentColumn: string;
  /** Goes along also where a policy does not name it: alone it would be of no use, and would keep what was to be removed. */
  readonly always?: boolean;
}

export const evidenceFloorDays = evidenceDays;

/** OpsDeck's journal of changes is no evidence by itself: what counts of it is in the decisions and snapshots. */
const journalFloorDays = 365;

const plain = (name: string, floorDays = 1): KnownTable => ({ name, floorDays, related: [] });

export const knownTables: readonly KnownTable[] = [
  plain('audit_log', journalFloorDays),
  plain('opsdeck_jobs.action_log', evidenceFloorDays),
  {
    name: 'scheduled_communication',
    floorDays: 1,
    related: [
      {
        table: 'opsdeck_jobs.message',
        column: 'communication_id',
        parent: 'scheduled_communication',
        parentColumn: 'id',
        always: true,
      },
    ],
  },
  plain('opsdeck_jobs.message'),
  plain('opsdeck_jobs.alert_ledger'),
  plain('opsdeck_jobs.fx_rate'),
  plain('opsdeck_jobs.retention_run', evidenceFloorDays),
  plain('opsdeck_jobs.drift_event', evidenceFloorDays),
  plain('exchange_rate'),
  plain('maintenance_log', evidenceFloorDays),
  plain('activity_execution', evidenceFloorDays),
  plain('bcdr_test_log', evidenceFloorDays),
  plain('security_assessment', evidenceFloorDays),
  plain('security_incident', evidenceFloorDays),
  plain('compliance_audit', evidenceFloorDays),
  plain('campaign', evidenceFloorDays),
  plain('onboarding_process', evidenceFloorDays),
  plain('offboarding_process', evidenceFloorDays),
  {
    name: 'uar_execution',
    floorDays: evidenceFloorDays,
    related: [
      { table: 'uar_finding', column: 'execution_id', parent: 'uar_execution', parentColumn: 'id' },
      {
        table: 'opsdeck_jobs.uar_execution_record',
        column: 'execution_id',
        parent: 'uar_execution',
        parentColumn: 'id',
      },
      {
        table: 'opsdeck_jobs.uar_observation',
        column: 'execution_id',
        parent: 'uar_execution',
        parentColumn: 'id',
      },
      {
        table: 'opsdeck_jobs.uar_sign_off',
        column: 'execution_id',
        parent: 'uar_execution',
        parentColumn: 'id',
      },
      { table: 'opsdeck_jobs.uar_identity', column: 'finding_id', parent: 'uar_finding', parentColumn: 'id' },
      { table: 'opsdeck_jobs.uar_decision', column: 'finding_id', parent: 'uar_finding', parentColumn: 'id' },
    ],
  },
];

export const knownTableNames: readonly string[] = knownTables.map(({ name }) => name);

export function findKnownTable(name: string): KnownTable | undefined {
  return knownTables.find((table) => table.name === name);
}

/** Tables that a legal hold may name: those of policies, those whose rows go with theirs, and the history of runs. */
export const holdableTables: readonly string[] = [
  ...new Set(knownTables.flatMap(({ name, related }) => [name, ...related.map(({ table }) => table)])),
  heldHistory,
];
