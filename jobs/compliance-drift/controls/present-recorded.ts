import type { Cell, Report, ReportBlock, StreamedTable } from '../../../src/job/report.ts';
import { count } from '../../../src/text/count.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import type { Day } from '../../../src/time/day.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import {
  attestationCells,
  attestationColumns,
  attestationDocument,
  attestationWords,
} from './attestation.ts';
import { type EvidenceDetail, evidenceKey } from './evidence-details.sql.ts';
import { entryCells, entryColumns, entryFields, personOf } from './evidence-fields.ts';
import {
  type ControlFollowUps,
  followUpCells,
  followUpColumns,
  followUpDocument,
  followUpWords,
} from './follow-ups.ts';
import { statusCell } from './present-controls.ts';
import type { RecordedControl, UnreadSnapshot } from './read-snapshot.ts';

/** The controls as they were on a day, as far as they are listed. */
export interface RecordedControls {
  readonly database: string;
  readonly zone: string;
  readonly day: Day;
  /** Also those that are not listed. */
  readonly evaluated: number;
  readonly controls: readonly RecordedControl[];
  readonly unread: readonly UnreadSnapshot[];
  /** By `evidenceKey`; what was deleted since is not among them. */
  readonly details: ReadonlyMap<string, EvidenceDetail>;
  /** As they were at the end of that day. */
  readonly followUps: (control: number) => ControlFollowUps;
}

export function recordedReport(recorded: RecordedControls): Report {
  const { controls, details, followUps } = recorded;
  const followed = controls.some(({ id }) => followUpWords(followUps(id)) !== '-');
  const snapshots = new Map(controls.map((one) => [one.snapshotId, one.takenAt]));
  const taken = [...snapshots].map(([id, at]) => `${id} (${wallClock(at, recorded.zone)})`);
  const header: ReportBlock[] = [
    { kind: 'heading', text: `Controls as of ${recorded.day}` },
    { kind: 'line', text: `Database: ${recorded.database}. Days are days of ${recorded.zone}.` },
    ...recorded.unread.map(
      ({ framework, snapshotId }): ReportBlock => ({
        kind: 'line',
        tone: 'bad',
        text: `${framework}: snapshot ${snapshotId} is not what was stored, so nothing is read from it.`,
      }),
    ),
    ...(recorded.evaluated === 0
      ? []
      : ([
          {
            kind: 'line',
            text: `${controls.length} of ${count(recorded.evaluated, 'control')} of the frameworks that were active.`,
          },
        ] as const)),
    ...(taken.length === 0
      ? []
      : ([
          { kind: 'line', text: `By ${taken.length === 1 ? 'snapshot' : 'snapshots'} ${taken.join(', ')}.` },
        ] as const)),
  ];
  if (recorded.evaluated === 0 && recorded.unread.length === 0) {
    return [
      ...header,
      {
        kind: 'line',
        tone: 'notice',
        text: 'No snapshot was taken until that day, so nothing is known about it.',
      },
    ];
  }
  if (controls.length === 0) return header;
  return [
    ...header,
    {
      kind: 'table',
      columns: [
        ...['framework', 'control', 'name', 'status', 'rule', 'evidence', 'by', 'limit'],
        ...(followed ? ['follow-up'] : []),
      ],
      rows: controls.map((one): (string | Cell)[] => {
        const detail = detailOf(one, details);
        const attested = attestationWords(one.status, one.attestation);
        return [
          one.framework,
          one.controlId,
          one.name,
          statusCell(one.status),
          attested?.rule ?? one.rule?.name ?? '-',
          attested?.evidence ?? one.rule?.evidence?.date ?? one.rule?.reason ?? '-',
          attested?.by ?? personOf(detail),
          attested?.limit ??
            (one.rule?.limit == null
              ? '-'
              : `${one.rule.limit.frequencyDays} + ${one.rule.limit.graceDays} days`),
          ...(followed ? [followUpWords(followUps(one.id))] : []),
        ];
      }),
    },
  ];
}

export function recordedDocument(recorded: RecordedControls): JsonObject {
  return {
    database: recorded.database,
    timezone: recorded.zone,
    as_of: recorded.day,
    evaluated: recorded.evaluated,
    altered_snapshots: recorded.unread.map(({ framework, snapshotId }) => ({
      framework,
      snapshot_id: snapshotId,
    })),
    controls: recorded.controls.map((one) => {
      const detail = detailOf(one, recorded.details);
      return {
        framework: one.framework,
        control_id: one.controlId,
        name: one.name,
        status: one.status,
        snapshot_id: one.snapshotId,
        taken_at: one.takenAt.toISOString(),
        attestation: attestationDocument(one.attestation),
        ...followUpDocument(recorded.followUps(one.id)),
        rule:
          one.rule === null
            ? null
            : {
                name: one.rule.name,
                reason: one.rule.reason,
                frequency_days: one.rule.limit?.frequencyDays ?? null,
                grace_period_days: one.rule.limit?.graceDays ?? null,
                evidence:
                  one.rule.evidence === null
                    ? null
                    : {
                        id: one.rule.evidence.id,
                        date: one.rule.evidence.date,
                        what: detail?.what ?? null,
                        ...entryFields(detail),
                      },
              },
      };
    }),
  };
}

export function recordedRows({ controls, details, day, followUps }: RecordedControls): StreamedTable {
  return {
    kind: 'rows',
    columns: [
      'as_of',
      'snapshot_id',
      'framework',
      'control_id',
      'name',
      'status',
      'rule',
      'evidence_model',
      'evidence_id',
      'evidence_date',
      'evidence',
      ...entryColumns,
      ...attestationColumns,
      ...followUpColumns,
    ],
    rows: () =>
      controls.map((one) => {
        const detail = detailOf(one, details);
        return [
          day,
          String(one.snapshotId),
          one.framework,
          one.controlId,
          one.name,
          one.status,
          one.rule?.name ?? '',
          one.rule?.evidence?.model ?? '',
          String(one.rule?.evidence?.id ?? ''),
          one.rule?.evidence?.date ?? '',
          detail?.what ?? '',
          ...entryCells(detail),
          ...attestationCells(one.status, one.attestation),
          ...followUpCells(followUps(one.id)),
        ];
      }),
  };
}

function detailOf(
  { rule }: RecordedControl,
  details: RecordedControls['details'],
): EvidenceDetail | undefined {
  return rule?.evidence == null ? undefined : details.get(evidenceKey(rule.evidence));
}
