import type { ReportDocument, StreamedTable } from '../../../src/job/report.ts';
import { mapped } from '../../../src/text/batches.ts';
import { toFixed } from '../../../src/text/decimal.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import type { ExpiryReport, ReportedEnd, ReportScope } from './read.ts';

/** The JSON document, without `schema`, in the order of its fields. */
export function expiryDocument(report: ExpiryReport, scope: ReportScope): ReportDocument {
  const { completeTo, total, problems, watched } = report;
  return {
    before: {
      report: 'expiry',
      database: scope.database,
      timezone: scope.zone,
      today: scope.today,
      days: scope.expired || scope.period !== null ? null : scope.days,
      from: scope.period?.first ?? null,
      to: scope.period?.last ?? null,
      expired: scope.expired,
      watched,
      complete_to: completeTo,
      // As text: a decimal that is not to become a binary float on its way.
      total: total.kind === 'sum' ? { amount: toFixed(total.amount, 2), currency: total.currency } : null,
      without_rate: total.kind === 'no_rate' ? total.missing : [],
    },
    list: { name: 'items', items: mapped(report.ends(), itemDocument) },
    after: {
      problems: problems.map((problem) => ({ ...problem })),
      endpoints: scope.endpoints.map((one) => ({ ...one })),
    },
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
