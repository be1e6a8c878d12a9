import type { Report, ReportBlock } from '../../src/job/report.ts';
import { count } from '../../src/text/count.ts';
import type { BreachResult } from './result.ts';

/** So many rows stand in a table for people; the JSON has more. */
const shown = 50;

/** What is due an alert, worst first, then what was found in all. */
export function presentBreaches(result: BreachResult): Report {
  return [...dueTable(result), ...summary(result)];
}

function dueTable({ due }: BreachResult): ReportBlock[] {
  if (due.length === 0) return [];
  return [
    {
      kind: 'table',
      columns: ['framework', 'control', 'rule', 'not met since', 'alert', 'remedy'],
      rows: due
        .slice(0, shown)
        .map((one) => [
          one.framework,
          one.control_id,
          one.rule,
          { text: one.since ?? 'no evidence', tone: 'bad' },
          one.why,
          one.remedy,
        ]),
    },
  ];
}

function summary(result: BreachResult): ReportBlock[] {
  const parts = [
    alertOf(result),
    ...(result.alerted_before > 0 ? [`${result.alerted_before} in an earlier alert`] : []),
    ...(result.named_elsewhere > 0
      ? [`${result.named_elsewhere} named by another alert in the last 24 hours`]
      : []),
    ...(result.ended > 0 ? [`${result.ended} ended`] : []),
  ];
  const total = result.alerted + result.without_recipient;
  return [
    ...(total > shown && result.due.length > shown
      ? [{ kind: 'line' as const, text: `${shown} of ${count(total, 'rule')}.` }]
      : []),
    {
      kind: 'line',
      tone: result.breaches > 0 ? 'bad' : 'good',
      text: `${result.breaches} of ${count(result.rules, 'enabled rule')} not met: ${parts.join(', ')}.`,
    },
    ...(result.unknown > 0
      ? [
          {
            kind: 'line' as const,
            tone: 'warning' as const,
            text: `${count(result.unknown, 'rule')} could not be evaluated; \`doctor\` names the reasons.`,
          },
        ]
      : []),
    ...result.notes.map((text): ReportBlock => ({ kind: 'line', tone: 'warning', text })),
  ];
}

function alertOf({ alerted, messages_queued: queued, due }: BreachResult): string {
  if (queued > 0) return `alert about ${count(alerted, 'rule')} in ${count(queued, 'message')}`;
  return due.length > 0 ? 'no alert queued' : 'no alert due';
}
