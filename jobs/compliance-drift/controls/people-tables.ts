import type { Cell, ReportBlock } from '../../../src/job/report.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import type { Attestation } from './attestation.ts';
import type { ControlAction, FollowUps } from './follow-ups.ts';

/** What people stated, do and accept about a control: a table each, newest first, and nothing where there is nothing. */
export function peopleTables(
  {
    attestations,
    followUps,
  }: { readonly attestations: readonly Attestation[]; readonly followUps: FollowUps },
  zone: string,
): ReportBlock[] {
  const entry = (one: { readonly by: string; readonly entered_by: string; readonly at: Date }) => [
    one.by,
    one.entered_by,
    dayOf(one.at, zone),
  ];
  return [
    ...(attestations.length === 0
      ? []
      : ([
          { kind: 'heading', text: 'Attestations' },
          {
            kind: 'table',
            columns: ['number', 'result', 'through', 'evidence', 'reason', 'by', 'entered by', 'on'],
            rows: attestations.map((one) => [
              String(one.id),
              one.result === 'met' ? { text: 'met', tone: 'good' } : { text: 'not met', tone: 'bad' },
              one.until === null ? '-' : `${one.until}${one.expired ? ' (ended)' : ''}`,
              one.evidence ?? '-',
              one.reason,
              ...entry(one),
            ]),
          },
        ] satisfies ReportBlock[])),
    ...(followUps.actions.length === 0
      ? []
      : ([
          { kind: 'heading', text: 'Actions' },
          {
            kind: 'table',
            columns: ['number', 'state', 'due', 'cause', 'action', 'by', 'entered by', 'on'],
            rows: followUps.actions.map((one) => [
              String(one.id),
              stateOf(one, zone),
              one.due,
              one.cause,
              one.action,
              ...entry(one),
            ]),
          },
        ] satisfies ReportBlock[])),
    ...(followUps.acceptances.length === 0
      ? []
      : ([
          { kind: 'heading', text: 'Acceptances' },
          {
            kind: 'table',
            columns: ['number', 'status', 'through', 'reason', 'by', 'entered by', 'on'],
            rows: followUps.acceptances.map((one) => [
              String(one.id),
              one.status.replaceAll('_', '-'),
              `${one.until}${one.ended ? ' (ended)' : ''}`,
              one.reason,
              ...entry(one),
            ]),
          },
        ] satisfies ReportBlock[])),
  ];
}

function stateOf({ done, overdue }: ControlAction, zone: string): string | Cell {
  if (done !== null) return `done on ${dayOf(done.at, zone)} by ${done.by}: ${done.reason}`;
  return overdue ? { text: 'overdue', tone: 'bad' } : 'open';
}
