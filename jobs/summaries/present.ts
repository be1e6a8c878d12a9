import type { Report, ReportBlock } from '../../src/job/report.ts';
import { count } from '../../src/text/count.ts';
import { dayInWords } from '../../src/time/calendar-day.ts';
import type { ReportedSummary, SummariesResult } from './result.ts';

/** A line for each of the two, then why less was queued. */
export function presentSummaries({ summaries, notes }: SummariesResult): Report {
  return [
    ...summaries.map(
      (one): ReportBlock => ({
        kind: 'line',
        text: `${one.event} of ${one.about}: ${wordsOf(one)}.`,
        ...(one.state === 'failed' || one.state === 'not_queued' || one.state === 'without_recipient'
          ? { tone: 'warning' }
          : {}),
      }),
    ),
    ...notes.map((text): ReportBlock => ({ kind: 'line', tone: 'warning', text })),
  ];
}

function wordsOf({ state, messages, failed, due_on: day }: ReportedSummary): string {
  switch (state) {
    case 'queued':
      return `${count(messages, 'message')} queued`;
    case 'queued_before':
      return 'queued before';
    case 'not_due':
      return `due on ${dayInWords(day)}`;
    case 'not_queued':
      return 'due, and not queued';
    case 'failed':
      return `due, and not written: ${failed}`;
    case 'without_recipient':
      return 'due, and no recipient has an address';
  }
}
