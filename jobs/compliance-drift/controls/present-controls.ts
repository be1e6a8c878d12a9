import type { Cell, Report, StreamedTable, Tone } from '../../../src/job/report.ts';
import { count } from '../../../src/text/count.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import type { Day } from '../../../src/time/day.ts';
import type { ControlStatus } from '../status.ts';
import {
  attestationCells,
  attestationColumns,
  attestationDocument,
  attestationWords,
} from './attestation.ts';
import { type EvidenceDetail, type EvidenceReference, evidenceKey } from './evidence-details.sql.ts';
import { entryCells, entryColumns, evidenceFields, personOf } from './evidence-fields.ts';
import {
  type ControlFollowUps,
  followUpCells,
  followUpColumns,
  followUpDocument,
  followUpWords,
} from './follow-ups.ts';
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

/** By `evidenceKey`. */
type Details = ReadonlyMap<string, EvidenceDetail>;

/** By `framework_control.id`. */
type FollowUpsOf = (control: number) => ControlFollowUps;

function detailOf({ rule }: PresentControl, details: Details): EvidenceDetail | undefined {
  return rule?.evidence == null
    ? undefined
    : details.get(evidenceKey({ model: rule.model, id: rule.evidence.id }));
}

/** The evidence that the controls rest on. */
export function evidenceOf(controls: readonly PresentControl[]): readonly EvidenceReference[] {
  return controls.flatMap(({ rule }) =>
    rule?.evidence == null ? [] : [{ model: rule.model, id: rule.evidence.id }],
  );
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

export function statusCell(status: ControlStatus): Cell {
  return { text: words(status), tone: tones[status] };
}

/** One control as the JSON document has it. */
export function controlDocument(
  control: PresentControl,
  details: Details,
  followUps: FollowUpsOf,
): JsonObject {
  const { rule } = control;
  const detail = detailOf(control, details);
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
            evidence: rule.evidence === null ? null : evidenceFields(rule.evidence, detail),
            reason: rule.reason,
          },
    attestation: attestationDocument(control.attestation),
    turns: control.turns.map(({ on, to }) => ({ on, to })),
    remedy: remedyOf(control),
    ...followUpDocument(followUps(control.id)),
  };
}

export function controlRows(
  controls: readonly PresentControl[],
  details: Details,
  followUps: FollowUpsOf,
): StreamedTable {
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
      'evidence',
      'performed',
      ...entryColumns,
      'frequency_days',
      'grace_period_days',
      'changes_on',
      'changes_to',
      'remedy',
      ...attestationColumns,
      ...followUpColumns,
    ],
    rows: () =>
      controls.map((control) => {
        const detail = detailOf(control, details);
        return [
          control.framework,
          control.controlId,
          control.name,
          control.status,
          control.rule?.name ?? '',
          control.rule?.model ?? '',
          String(control.rule?.evidence?.id ?? ''),
          control.rule?.evidence?.day ?? '',
          detail?.what ?? '',
          detail?.performed ?? '',
          ...entryCells(detail),
          String(control.rule?.frequencyDays ?? ''),
          String(control.rule?.graceDays ?? ''),
          control.turns[0]?.on ?? '',
          control.turns[0]?.to ?? '',
          remedyOf(control),
          ...attestationCells(control.status, control.attestation),
          ...followUpCells(followUps(control.id)),
        ];
      }),
  };
}

export function controlsReport(
  controls: readonly PresentControl[],
  scope: ControlsScope,
  details: Details,
  followUps: FollowUpsOf,
): Report {
  // A column that says nothing of any control is left out.
  const followed = controls.some(({ id }) => followUpWords(followUps(id)) !== '-');
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
      columns: [
        'framework',
        'control',
        'name',
        'status',
        'rule',
        'evidence',
        'by',
        'limit',
        'changes',
        'remedy',
        ...(followed ? ['follow-up'] : []),
      ],
      rows: controls.map((control): (string | Cell)[] => {
        const attested = attestationWords(control.status, control.attestation);
        return [
          control.framework,
          control.controlId,
          control.name,
          statusCell(control.status),
          attested?.rule ?? control.rule?.name ?? '-',
          attested?.evidence ?? control.rule?.evidence?.day ?? '-',
          attested?.by ?? personOf(detailOf(control, details)),
          attested?.limit ??
            (control.rule === null ? '-' : `${control.rule.frequencyDays} + ${control.rule.graceDays} days`),
          control.turns[0] === undefined ? '-' : `${control.turns[0].on} ${words(control.turns[0].to)}`,
          remedyOf(control),
          ...(followed ? [followUpWords(followUps(control.id))] : []),
        ];
      }),
    },
  ];
}

function words(status: string): string {
  return status.replaceAll('_', '-');
}
