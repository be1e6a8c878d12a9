import type {
  Cell,
  ReportBlock,
  StreamedDocument,
  StreamedReport,
  StreamedTable,
} from '../../../src/job/report.ts';
import { count } from '../../../src/text/count.ts';
import { toFixed } from '../../../src/text/decimal.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import { type Day, dayInWords, distanceInWords } from '../../../src/time/calendar-day.ts';
import { costInWords, totalInWords } from '../costs.ts';
import { kindWords } from '../item.ts';
import type { ExpiryReport, ReportedEnd, ReportWindow } from './read-report.ts';

export interface ReportScope extends ReportWindow {
  /** Name of the database, without secrets. */
  readonly database: string;
  readonly zone: string;
}

/** The report for people: everything that ends, by date, and what is recorded wrongly. */
export function expiryReport(report: ExpiryReport, scope: ReportScope): StreamedReport {
  const { count: dates, completeTo, total: cost, problems, watched } = report;
  const total = Object.values(watched).reduce((sum, some) => sum + some, 0);
  const about = scope.expired ? 'What has expired' : `What renews or expires in the next ${scope.days} days`;
  return [
    { kind: 'heading', text: about },
    { kind: 'line', text: `Database: ${scope.database}` },
    { kind: 'line', text: `Today: ${dayInWords(scope.today)} (${scope.zone})` },
    { kind: 'line', text: `${count(dates, 'date')}; ${total} items are watched` },
    ...(totalInWords(cost) === '' ? [] : [{ kind: 'line', text: `Cost: ${totalInWords(cost)}` } as const]),
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
    ...(problems.length === 0
      ? []
      : ([
          { kind: 'heading', text: 'Recorded wrongly' },
          {
            kind: 'table',
            columns: ['item', 'name', 'problem'],
            rows: problems.map((one) => [
              `${kindWords[one.kind].one} ${one.id}`,
              one.name,
              { text: one.problem, tone: 'warning' },
            ]),
          },
        ] satisfies ReportBlock[])),
  ];
}

async function* mapped<A, B>(items: AsyncIterable<A>, change: (item: A) => B): AsyncGenerator<B> {
  for await (const item of items) yield change(item);
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
      tone: daysLeft < 0 ? 'bad' : daysLeft <= 7 ? 'warning' : 'plain',
    },
    `${kindWords[item.kind].one} ${item.id}`,
    item.name + (item.breakGlass ? ' (break glass)' : ''),
    owner ?? '-',
    item.cost === null ? '' : costInWords(item.cost),
    [item.detail, item.cancelBy === null ? '' : `cancel by ${item.cancelBy}`]
      .filter((text) => text !== '')
      .join('; '),
  ];
}

/** The JSON document, without `schema`, in the order of its fields. */
export function expiryDocument(report: ExpiryReport, scope: ReportScope): StreamedDocument {
  const { completeTo, total, problems, watched } = report;
  return {
    before: {
      report: 'expiry',
      database: scope.database,
      timezone: scope.zone,
      today: scope.today,
      days: scope.expired ? null : scope.days,
      expired: scope.expired,
      watched,
      complete_to: completeTo,
      // As text: a decimal that is not to become a binary float on its way.
      total: total.kind === 'sum' ? { amount: toFixed(total.amount, 2), currency: total.currency } : null,
      without_rate: total.kind === 'no_rate' ? total.missing : [],
    },
    name: 'items',
    items: mapped(report.ends(), itemDocument),
    after: { problems: problems.map((problem) => ({ ...problem })) },
  };
}

function itemDocument({ item, daysLeft, owner }: ReportedEnd): JsonObject {
  return {
    kind: item.kind,
    id: item.id,
    name: item.name,
    happens: item.happens,
    expires_on: item.expiresOn,
    days_left: daysLeft,
    cancel_by: item.cancelBy,
    owner_type: item.owner?.type ?? null,
    owner_id: item.owner?.id ?? null,
    owner,
    cost: item.cost?.amount ?? null,
    currency: item.cost?.currency ?? null,
    break_glass: item.breakGlass,
    detail: item.detail,
  };
}

/** One table, a row an item: what the CSV is made from. */
export function expiryRows(report: ExpiryReport): StreamedTable {
  return {
    kind: 'rows',
    columns: [
      'expires_on',
      'days_left',
      'kind',
      'id',
      'name',
      'happens',
      'cancel_by',
      'owner',
      'cost',
      'currency',
      'break_glass',
      'detail',
    ],
    rows: () =>
      mapped(report.ends(), ({ item, daysLeft, owner }) => [
        item.expiresOn,
        String(daysLeft),
        item.kind,
        String(item.id),
        item.name,
        item.happens,
        item.cancelBy ?? '',
        owner ?? '',
        item.cost === null ? '' : String(item.cost.amount),
        item.cost?.currency ?? '',
        String(item.breakGlass),
        item.detail,
      ]),
  };
}
