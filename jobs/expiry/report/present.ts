import type { Cell, ReportBlock, StreamedReport } from '../../../src/job/report.ts';
import { mapped } from '../../../src/text/batches.ts';
import { count } from '../../../src/text/count.ts';
import { addDays, type Day, dayInWords, distanceInWords } from '../../../src/time/calendar-day.ts';
import { costInWords, totalInWords } from '../costs.ts';
import { noticeEnded } from '../deadline.ts';
import { endpointBlocks } from '../endpoints/endpoint-status.ts';
import type { ExpiryReport, ReportedEnd, ReportScope } from './read.ts';

/** The report for people: everything that ends, by date, and what is recorded wrongly. */
export function expiryReport(report: ExpiryReport, scope: ReportScope): StreamedReport {
  const { count: dates, total: cost, watched } = report;
  const total = Object.values(watched).reduce((sum, some) => sum + some, 0);
  return [
    { kind: 'heading', text: aboutIn(scope) },
    { kind: 'line', text: `Database: ${scope.database}` },
    { kind: 'line', text: `Today: ${dayInWords(scope.today)} (${scope.zone})` },
    { kind: 'line', text: `${count(dates, 'date')}; ${count(total, 'item is', 'items are')} watched` },
    ...(totalInWords(cost) === '' ? [] : [{ kind: 'line', text: `Cost: ${totalInWords(cost)}` } as const]),
    ...expiryTables(report, scope),
  ];
}

/** All but the head. */
export function expiryTables(report: ExpiryReport, scope: ReportScope): StreamedReport {
  const { count: dates, completeTo, problems } = report;
  return [
    ...(completeTo === null
      ? []
      : [{ kind: 'line', text: cutSentence(completeTo), tone: 'warning' } as const]),
    ...(dates === 0
      ? []
      : [
          {
            kind: 'rows',
            columns: ['date', 'when', 'item', 'name', 'owner', 'cost', 'detail'],
            rows: () => mapped(report.ends(), row),
          } as const,
        ]),
    ...endpointBlocks(scope.endpoints),
    ...(problems.length === 0
      ? []
      : ([
          { kind: 'heading', text: 'Recorded wrongly' },
          {
            kind: 'table',
            columns: ['item', 'name', 'problem'],
            rows: problems.map((one) => [
              `${one.kind}:${one.id}`,
              one.name,
              { text: one.problem, tone: 'warning' },
            ]),
          },
        ] satisfies ReportBlock[])),
  ];
}

export function aboutIn({ period, expired, days }: ReportScope): string {
  if (period !== null) return `What renews or expires from ${period.first} to ${period.last}`;
  return expired ? 'What has expired' : `What renews or expires in the next ${days} days`;
}

/** Said where the report is not complete. */
export function cutSentence(completeTo: Day): string {
  return `There are too many dates: what comes after ${dayInWords(completeTo)} is left out. Ask for fewer days.`;
}

function row({ item, daysLeft, owner }: ReportedEnd): (string | Cell)[] {
  return [
    item.expiresOn,
    {
      text: distanceInWords(daysLeft),
      tone:
        daysLeft < 0 ? (item.happens === 'renews' ? 'plain' : 'bad') : daysLeft <= 7 ? 'warning' : 'plain',
    },
    `${item.kind}:${item.id}`,
    item.name + (item.breakGlass ? ' (break glass)' : ''),
    owner ?? '-',
    item.cost === null ? '' : costInWords(item.cost),
    [item.detail, cancelling(item, addDays(item.expiresOn, -daysLeft))]
      .filter((text) => text !== '')
      .join('; '),
  ];
}

function cancelling(item: ReportedEnd['item'], today: Day): string {
  if (item.cancelBy === null) return '';
  return noticeEnded(item, today) ?? `cancel by ${item.cancelBy}`;
}
