import type { StreamedTable } from '../../../src/job/report.ts';
import type { Json, JsonObject } from '../../../src/text/json.ts';
import { attestationDocument } from '../../compliance-drift/controls/attestation.ts';
import { entryFields } from '../../compliance-drift/controls/evidence-fields.ts';
import { acceptanceDocument, actionDocument } from '../../compliance-drift/controls/follow-ups.ts';
import { attestationChange, ruleChanges } from '../../compliance-drift/controls/rule-changes.ts';
import { periodRows } from '../../compliance-drift/period/document.ts';
import type { ControlPeriod } from '../../compliance-drift/period/read.ts';
import type { NumberedControl } from './numbered-control.ts';

interface ControlTable {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly count: number;
  readonly table: StreamedTable;
}

/** For each kind of row a table over all controls; each row begins with the number of its control. */
export function controlTables(controls: readonly NumberedControl[]): readonly ControlTable[] {
  const table = (
    [name, title, source]: readonly [string, string, string],
    columns: readonly string[],
    rowsOf: (tested: ControlPeriod) => Iterable<readonly string[]>,
  ): ControlTable => ({
    ...{ name, title, source },
    count: controls.reduce((sum, { tested }) => sum + [...rowsOf(tested)].length, 0),
    table: {
      kind: 'rows',
      columns: ['number', 'control', ...columns],
      rows: function* () {
        for (const { number, tested } of controls)
          for (const row of rowsOf(tested)) yield [String(number), tested.control.control_id, ...row];
      },
    },
  });
  return [
    table(
      [
        'occurrences',
        'Expected occurrences and their evidence',
        'compliance_rule and the records that are evidence',
      ],
      // Framework and identifier are the same as those of the control.
      periodRows([]).columns.slice(2),
      occurrences,
    ),
    table(
      ['not-counted', 'Records that do not count as evidence', 'the records of the same rules'],
      ['rule_id', 'rule', 'why', 'evidence_id', 'date', 'status', 'what', 'by', 'recorded_by', 'reference'],
      notCounted,
    ),
    table(
      ['status-changes', 'Changes of status', 'opsdeck_jobs.drift_event'],
      ['snapshot_id', 'found_at', 'from', 'to', 'class', 'severity', 'cause', 'old_and_new_values'],
      changes,
    ),
    table(
      ['attestations', 'Attestations', 'opsdeck_jobs.control_attestation'],
      attestationColumns,
      ({ attestations }) =>
        attestations.map((one) => cells(attestationColumns, attestationDocument(one) ?? {})),
    ),
    table(['actions', 'Actions', 'opsdeck_jobs.control_action'], actionColumns, ({ followUps }) =>
      followUps.actions.map((one) => cells(actionColumns, actionDocument(one))),
    ),
    table(
      ['acceptances', 'Acceptances', 'opsdeck_jobs.control_acceptance'],
      acceptanceColumns,
      ({ followUps }) =>
        followUps.acceptances.map((one) => cells(acceptanceColumns, acceptanceDocument(one))),
    ),
  ];
}

const attestationColumns = [
  'id',
  'result',
  'reason',
  'evidence',
  'until',
  'expired',
  'by',
  'entered_by',
  'at',
];
const actionColumns = ['id', 'cause', 'action', 'due', 'overdue', 'by', 'entered_by', 'at', 'done'];
const acceptanceColumns = ['id', 'status', 'reason', 'until', 'ended', 'by', 'entered_by', 'at'];

function cells(columns: readonly string[], document: JsonObject): readonly string[] {
  return columns.map((name) => textOf(document[name] ?? null));
}

function textOf(value: Json): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function* occurrences(tested: ControlPeriod): Generator<readonly string[]> {
  const { rows } = periodRows([tested]);
  const all = rows();
  if (!(Symbol.iterator in all)) throw new TypeError('The rows of a control are in memory.');
  for (const row of all) yield row.slice(2).map((cell) => (typeof cell === 'string' ? cell : cell.text));
}

function* notCounted({ rules }: ControlPeriod): Generator<readonly string[]> {
  for (const { rule, notCounted: rows } of rules) {
    for (const { id, day, word, standing, detail } of rows) {
      const entry = entryFields(detail);
      yield [
        ...[String(rule.id), rule.name, standing.replaceAll('_', ' '), String(id), day, word],
        ...[detail?.what ?? '', entry.by ?? '', entry.recorded_by ?? '', detail?.link ?? ''],
      ];
    }
  }
}

function* changes({ changes: all }: ControlPeriod): Generator<readonly string[]> {
  for (const one of all) {
    yield [
      ...[String(one.snapshotId), one.at.toISOString(), one.from ?? '', one.to ?? '', one.class],
      ...[one.severity ?? '', one.cause],
      [...ruleChanges(one.before, one.after), ...attestationChange(one.attestation)].join('; '),
    ];
  }
}
