import type { Cell, Report, StreamedTable, Tone } from '../../../src/job/report.ts';
import { count } from '../../../src/text/count.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import type { Day } from '../../../src/time/day.ts';
import type { ControlStatus } from '../status.ts';
import type { PresentControl } from './read-controls.ts';
import { remedyOf } from './remedy.ts';

/** What a list of controls is about. */
export interface ControlsScope {
  /** The database's label. */
  readonly database: string;
  /** The business zone: days are days there. */
  readonly zone: string;
  readonly today: Day;
  /** Controls that were evaluated, also those that are not listed. */
  readonly evaluated: number;
}

const tones: Readonly<Record<ControlStatus, Tone>> = {
  non_compliant: 'bad',
  warning: 'warning',
  unknown: 'warning',
  uncovered: 'notice',
  manual: 'plain',
  compliant: 'good',
  not_applicable: 'plain',
};

/** One control as the JSON document has it. */
export function controlDocument(control: PresentControl): JsonObject {
  const { rule } = control;
  return {
    framework: control.framework,
    control_id: control.controlId,
    name: control.name,
    status: control.status,
    rule:
      rule === null
        ? null
        : {
            name: rule.name,
            status: rule.status,
            target_model: rule.model,
            frequency_days: rule.frequencyDays,
            grace_period_days: rule.graceDays,
            evidence:
              rule.evidence === null
                ? null
                : { id: rule.evidence.id, date: rule.evidence.day, days_since: rule.evidence.daysSince },
            reason: rule.reason,
          },
    turns: control.turns.map(({ on, to }) => ({ on, to })),
    remedy: remedyOf(control),
  };
}

export function controlRows(controls: readonly PresentControl[]): StreamedTable {
  return {
    kind: 'rows',
    columns: [
      'framework',
      'control_id',
      'name',
      'status',
      'rule',
      'evidence_model',
      'evidence_id',
      'evidence_date',
      'frequency_days',
      'grace_period_days',
      'changes_on',
      'changes_to',
      'remedy',
    ],
    rows: () =>
      controls.map((control) => [
        control.framework,
        control.controlId,
        control.name,
        control.status,
        control.rule?.name ?? '',
        control.rule?.model ?? '',
        String(control.rule?.evidence?.id ?? ''),
        control.rule?.evidence?.day ?? '',
        String(control.rule?.frequencyDays ?? ''),
        String(control.rule?.graceDays ?? ''),
        control.turns[0]?.on ?? '',
        control.turns[0]?.to ?? '',
        remedyOf(control),
      ]),
  };
}

export function controlsReport(controls: readonly PresentControl[], scope: ControlsScope): Report {
  const header = [
    {
      kind: 'line',
      text: `Database: ${scope.database}. Days are days of ${scope.zone}; today is ${scope.today}.`,
    },
    {
      kind: 'line',
      text: `${controls.length} of ${count(scope.evaluated, 'control')} of the active frameworks:`,
    },
  ] as const;
  if (controls.length === 0) return header;
  return [
    ...header,
    {
      kind: 'table',
      columns: ['framework', 'control', 'name', 'status', 'rule', 'evidence', 'limit', 'changes', 'remedy'],
      rows: controls.map((control): (string | Cell)[] => [
        control.framework,
        control.controlId,
        control.name,
        { text: words(control.status), tone: tones[control.status] },
        control.rule?.name ?? '-',
        control.rule?.evidence?.day ?? '-',
        control.rule === null ? '-' : `${control.rule.frequencyDays} + ${control.rule.graceDays} days`,
        control.turns[0] === undefined ? '-' : `${control.turns[0].on} ${words(control.turns[0].to)}`,
        remedyOf(control),
      ]),
    },
  ];
}

function words(status: string): string {
  return status.replaceAll('_', '-');
}
