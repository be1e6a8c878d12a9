import { dayOf } from '../../../jobs/expiry/calendar.ts';
import {
  cutSentence,
  expiryDocument,
  expiryReport,
  expiryRows,
  type ReportScope,
} from '../../../jobs/expiry/report/present.ts';
import { allSources, readExpiryReport } from '../../../jobs/expiry/report/read-report.ts';
import { ExitCode } from '../../exit-code.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { renderCsv } from '../render/csv.ts';
import { renderMarkdown } from '../render/markdown.ts';
import { readDays, readFormat, reportText, writeDocument, writeReport } from '../runs/report-output.ts';
import { withSession } from '../session.ts';

/** As typed. */
export interface ReportExpiryOptions {
  readonly days: string;
  readonly expired?: boolean;
  readonly format: 'text' | 'json' | 'csv' | 'md' | 'ics';
  readonly json?: boolean;
  /** `-` is stdout. */
  readonly output: string;
}

/**
 * `report expiry`: everything that renews or expires in the days to come, or has expired.
 *
 * @throws OperatorError with exit code 2 for days or an output file that cannot be.
 */
export async function reportExpiry(
  io: Io,
  globals: GlobalOptions,
  options: ReportExpiryOptions,
): Promise<ExitCode> {
  const days = readDays(options.days);
  const format = readFormat<ReportExpiryOptions['format']>(options);
  return withSession(
    io,
    globals,
    { quiet: format === 'json' },
    async ({ database, zones, config, logger }) => {
      const { db, clock, label } = database;
      const now = clock.now();
      const scope: ReportScope = {
        database: label,
        zone: zones.business,
        today: dayOf(now, zones.business),
        days,
        expired: options.expired === true,
      };
      const report = await readExpiryReport(db, await allSources(db, config.jobs, zones.business), scope);
      if (report.completeTo !== null) {
        logger.warn({ 'event.action': 'report.cut' }, cutSentence(report.completeTo));
      }
      switch (format) {
        case 'json':
          await writeDocument(io, options.output, expiryDocument(report, scope));
          break;
        case 'csv':
          await writeReport(io, options.output, renderCsv(expiryRows(report)));
          break;
        case 'md':
          await writeReport(io, options.output, renderMarkdown(expiryReport(report, scope)));
          break;
        case 'ics': {
          const { expiryCalendar } = await import('../../../jobs/expiry/report/calendar-file.ts');
          await writeReport(io, options.output, expiryCalendar(report, now));
          break;
        }
        case 'text':
          await writeReport(io, options.output, reportText(io, options.output, expiryReport(report, scope)));
          break;
        default:
          format satisfies never;
      }
      return ExitCode.ok;
    },
  );
}
