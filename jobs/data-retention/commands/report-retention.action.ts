import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { renderMarkdown } from '../../../src/cli/render/markdown.ts';
import {
  readDays,
  readFormat,
  reportText,
  writeDocument,
  writeReport,
} from '../../../src/cli/runs/report-output.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { disposalDocument, disposalReport } from '../report/present.ts';
import { readDisposals } from '../report/read-report.ts';
import type { reportRetention as reportRetentionDeclaration } from './report-retention.ts';

/** As typed. */
type ReportRetentionOptions = OptionsOf<typeof reportRetentionDeclaration>;

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
