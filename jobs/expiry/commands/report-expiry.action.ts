import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { readOrigin } from '../../../src/cli/output/report-origin.ts';
import { readFormat, writeReport } from '../../../src/cli/output/write-report.ts';
import { readDays } from '../../../src/cli/runs/read-days.ts';
import { noFirstDay, readDayPeriod } from '../../../src/cli/runs/read-period.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { readEndpointStatus } from '../endpoints/endpoint-status.ts';
import { expiryCalendar } from '../report/calendar-file.ts';
import { expiryDocument, expiryRows } from '../report/document.ts';
import { expiryPage } from '../report/page.ts';
import { cutSentence, expiryReport } from '../report/present.ts';
import { allSources, type ReportScope, withExpiryReport } from '../report/read.ts';
import type { reportExpiry as reportExpiryDeclaration } from './report-expiry.ts';

/** As typed. */
export type ReportExpiryOptions = OptionsOf<typeof reportExpiryDeclaration>;

/**
 * `report expiry`: everything that renews or expires in the days to come or in a period, or has expired.
 *
 * @throws OperatorError with exit code 2 for days or an output file that cannot be.
 */
export async function reportExpiry(
  io: Io,
  globals: GlobalOptions,
  options: ReportExpiryOptions,
): Promise<ExitCode> {
  const days = readDays(options.days);
  if (options.from === undefined && options.to !== undefined) throw noFirstDay();
  const periodOf = options.from === undefined ? null : readDayPeriod(options.from, options.to);
  const format = readFormat(options);
  return withSession(io, globals, { quiet: format === 'json' }, async (session) => {
    const { database, zones, config, logger } = session;
    const { db, clock, label } = database;
    const now = clock.now();
    const today = dayOf(now, zones.business);
    const scope: ReportScope = {
      database: label,
      zone: zones.business,
      today,
      endpoints: await readEndpointStatus(db, { jobs: config.jobs, zone: zones.business, today, id: null }),
      days,
      expired: options.expired === true,
      period: periodOf?.(today) ?? null,
    };
    const sources = await allSources(db, config.jobs, zones.business);
    await withExpiryReport(db, sources, scope, async (report) => {
      if (report.completeTo !== null) {
        logger.warn({ 'event.action': 'report.cut' }, cutSentence(report.completeTo));
      }
      await writeReport(
        io,
        { format, output: options.output },
        {
          title: 'What ends',
          present: () => expiryReport(report, scope),
          document: () => expiryDocument(report, scope),
          rows: () => expiryRows(report),
          origin: () => readOrigin(session),
          page: () => expiryPage(report, scope),
          own: new Map([['ics', () => expiryCalendar(report, now)]]),
        },
      );
    });
    return ExitCode.ok;
  });
}
