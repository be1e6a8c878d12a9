import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { csvPieces } from '../../../src/cli/render/csv.ts';
import { markdownPieces } from '../../../src/cli/render/markdown.ts';
import { textPieces } from '../../../src/cli/render/text.ts';
import {
  readDays,
  readFormat,
  textOptions,
  writePieces,
  writeStreamedDocument,
} from '../../../src/cli/runs/report-output.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import {
  cutSentence,
  expiryDocument,
  expiryReport,
  expiryRows,
  type ReportScope,
} from '../report/present.ts';
import { allSources, type ExpiryReport, withExpiryReport } from '../report/read-report.ts';
import type { reportExpiry as reportExpiryDeclaration } from './report-expiry.ts';

/** As typed. */
export type ReportExpiryOptions = OptionsOf<typeof reportExpiryDeclaration>;

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
      const sources = await allSources(db, config.jobs, zones.business);
      await withExpiryReport(db, sources, scope, async (report) => {
        if (report.completeTo !== null) {
          logger.warn({ 'event.action': 'report.cut' }, cutSentence(report.completeTo));
        }
        await write(io, { format, output: options.output, now }, report, scope);
      });
      return ExitCode.ok;
    },
  );
}

interface Target {
  readonly format: ReportExpiryOptions['format'];
  readonly output: string;
  readonly now: Date;
}

async function write(
  io: Io,
  { format, output, now }: Target,
  report: ExpiryReport,
  scope: ReportScope,
): Promise<void> {
  switch (format) {
    case 'json':
      return writeStreamedDocument(io, output, expiryDocument(report, scope));
    case 'csv':
      return writePieces(io, output, csvPieces(expiryRows(report)));
    case 'md':
      return writePieces(io, output, markdownPieces(expiryReport(report, scope)));
    case 'ics': {
      const { expiryCalendar } = await import('../report/calendar-file.ts');
      return writePieces(io, output, expiryCalendar(report, now));
    }
    case 'text':
      return writePieces(io, output, textPieces(expiryReport(report, scope), textOptions(io, output)));
    default:
      return format satisfies never;
  }
}
