import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { readOrigin } from '../../../src/cli/output/report-origin.ts';
import { readFormat, writeReport } from '../../../src/cli/output/write-report.ts';
import { periodBefore, readPeriod } from '../../../src/cli/runs/read-period.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { lastManifest } from '../records/manifest.sql.ts';
import { disposalDocument, disposalRows } from '../report/document.ts';
import { disposalPage } from '../report/page.ts';
import { disposalReport } from '../report/present.ts';
import { readDisposals } from '../report/read.ts';
import type { reportRetention as reportRetentionDeclaration } from './report-retention.ts';

/** As typed. */
type ReportRetentionOptions = OptionsOf<typeof reportRetentionDeclaration>;

/** `report retention`: what was archived and deleted, by which policy, where the archives are, and their hashes. */
export async function reportRetention(
  io: Io,
  globals: GlobalOptions,
  options: ReportRetentionOptions,
): Promise<ExitCode> {
  const periodOf = readPeriod(options);
  const format = readFormat(options);
  return withSession(io, globals, { quiet: format === 'json' }, async (session) => {
    const { database, zones } = session;
    const period = periodOf(database.clock.now(), zones.business);
    const report = await readDisposals(database.db, period);
    await writeReport(
      io,
      { format, output: options.output },
      {
        title: 'Data retention',
        present: ({ whole }) => disposalReport(report, whole),
        document: () => ({ before: disposalDocument(report, database.label) }),
        rows: () => disposalRows(report),
        origin: () => readOrigin(session),
        page: async () =>
          disposalPage(report, {
            zone: zones.business,
            before: await readDisposals(database.db, { ...periodBefore(period), words: 'before' }),
            newest: await lastManifest(database.db),
          }),
      },
    );
    return ExitCode.ok;
  });
}
