import { disposalDocument, disposalReport } from '../../../jobs/data-retention/report/present.ts';
import { readDisposals } from '../../../jobs/data-retention/report/read-report.ts';
import { ExitCode } from '../../exit-code.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { renderMarkdown } from '../render/markdown.ts';
import { readDays, readFormat, reportText, writeDocument, writeReport } from '../runs/report-output.ts';
import { withSession } from '../session.ts';

/** As typed. */
export interface ReportRetentionOptions {
  readonly days: string;
  readonly format: 'text' | 'json' | 'md';
  readonly json?: boolean;
  /** `-` is stdout. */
  readonly output: string;
}

/** `report retention`: what was archived and deleted, by which policy, where the archives are, and their hashes. */
export async function reportRetention(
  io: Io,
  globals: GlobalOptions,
  options: ReportRetentionOptions,
): Promise<ExitCode> {
  const days = readDays(options.days);
  const format = readFormat<ReportRetentionOptions['format']>(options);
  return withSession(io, globals, { quiet: format === 'json' }, async ({ database }) => {
    const since = new Date(database.clock.now().getTime() - days * 86_400_000);
    const report = await readDisposals(database.db, since);
    switch (format) {
      case 'json':
        await writeDocument(io, options.output, disposalDocument(report, database.label));
        break;
      case 'md':
        await writeReport(io, options.output, renderMarkdown(disposalReport(report, true)));
        break;
      case 'text':
        await writeReport(io, options.output, reportText(io, options.output, disposalReport(report, false)));
        break;
      default:
        format satisfies never;
    }
    return ExitCode.ok;
  });
}
