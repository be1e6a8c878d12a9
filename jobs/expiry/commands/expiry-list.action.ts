import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { readCount } from '../../../src/cli/runs/read-count.ts';
import { readDays } from '../../../src/cli/runs/read-days.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import type { Cell, Report } from '../../../src/job/report.ts';
import { firstOf } from '../../../src/text/batches.ts';
import { count } from '../../../src/text/count.ts';
import { dayOf, distanceInWords } from '../../../src/time/calendar-day.ts';
import { endpointBlocks, readEndpointStatus } from '../endpoints/endpoint-status.ts';
import { type Hold, holdFinder, holdState, readHolds } from '../holds.sql.ts';
import { allSources, type ReportedEnd, withExpiryReport } from '../report/read.ts';
import { endsWithoutOwner } from '../report/without-owner.ts';

/** As typed. */
export interface ExpiryListOptions {
  readonly days: string;
  readonly expired?: boolean;
  readonly withoutOwner?: boolean;
  readonly limit: string;
  readonly json?: boolean;
}

interface ListedEnd extends ReportedEnd {
  readonly hold: Hold | null;
}

/** `expiry list`: the next dates of all items, as they are now; `report expiry` is the document about them. */
export async function listExpiry(
  io: Io,
  globals: GlobalOptions,
  options: ExpiryListOptions,
): Promise<ExitCode> {
  const days = readDays(options.days);
  const limit = readCount(options.limit, '--limit', 10_000);
  const expired = options.expired === true;
  const withoutOwner = options.withoutOwner === true;
  const json = options.json === true;
  return withSession(io, globals, { quiet: json }, async ({ database, config, zones }) => {
    const { db, clock, label } = database;
    const today = dayOf(clock.now(), zones.business);
    const hold = holdFinder(await readHolds(db, today));
    const sources = await allSources(db, config.jobs, zones.business);
    const status = { jobs: config.jobs, zone: zones.business, today, id: null };
    const endpoints = await readEndpointStatus(db, status);
    await withExpiryReport(db, sources, { today, days, expired, period: null }, async (report) => {
      const found = withoutOwner ? await endsWithoutOwner(db, report.ends(), limit) : null;
      const total = found?.total ?? report.count;
      const shown = found?.ends ?? (await firstOf(report.ends(), limit));
      const ends = shown.map((end): ListedEnd => ({ ...end, hold: hold(end.item) }));
      if (json) {
        writeJson(io, { database: label, today, total, items: ends.map(document), endpoints });
      } else {
        printReport(io, [
          ...toReport(ends, total, { days, expired, withoutOwner }),
          ...endpointBlocks(endpoints),
        ]);
      }
    });
    return ExitCode.ok;
  });
}

function document({ item, daysLeft, owner, hold }: ListedEnd) {
  return {
    item: `${item.kind}:${item.id}`,
    name: item.name,
    happens: item.happens,
    expires_on: item.expiresOn,
    days_left: daysLeft,
    owner,
    alerts: hold === null ? 'on' : holdState(hold),
    snoozed_until: hold?.through ?? null,
  };
}

function toReport(
  ends: readonly ListedEnd[],
  total: number,
  {
    days,
    expired,
    withoutOwner,
  }: { readonly days: number; readonly expired: boolean; readonly withoutOwner: boolean },
): Report {
  if (ends.length === 0) {
    const which = withoutOwner ? 'item without an active owner' : 'item';
    const text = expired
      ? `No ${which} has expired.`
      : `No ${which} renews or expires in the next ${count(days, 'day')}.`;
    return [{ kind: 'line', text }];
  }
  return [
    {
      kind: 'table',
      columns: ['Date', 'When', 'Item', 'Name', 'Owner', 'Alerts'],
      rows: ends.map(({ item, daysLeft, owner, hold }): readonly (string | Cell)[] => [
        item.expiresOn,
        {
          text: distanceInWords(daysLeft),
          tone: daysLeft < 0 ? 'bad' : daysLeft <= 7 ? 'warning' : 'plain',
        },
        `${item.kind}:${item.id}`,
        item.name,
        owner ?? '-',
        alerts(hold),
      ]),
    },
    ...(total > ends.length
      ? [{ kind: 'line', text: `${ends.length} of ${total} dates; --limit shows more.` } as const]
      : []),
  ];
}

function alerts(hold: Hold | null): string {
  if (hold === null) return 'on';
  return hold.through === null ? holdState(hold) : `snoozed until ${hold.through}`;
}
