import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { readOrigin } from '../../../src/cli/output/report-origin.ts';
import { readFormat, writeReport } from '../../../src/cli/output/write-report.ts';
import { periodBefore, readPeriod } from '../../../src/cli/runs/read-period.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { changesDocument, changesRows } from '../report/document.ts';
import { changesPage } from '../report/page.ts';
import { changesReport } from '../report/present.ts';
import { readChanges } from '../report/read.ts';
import type { reportChanges as reportChangesDeclaration } from './report-changes.ts';

/** As typed. */
export type ReportChangesOptions = OptionsOf<typeof reportChangesDeclaration>;

/** `report changes`: what changed in the monitoring itself, when, from which host. */
export async function reportChanges(
  io: Io,
  globals: GlobalOptions,
  options: ReportChangesOptions,
): Promise<ExitCode> {
  const periodOf = readPeriod(options);
  const format = readFormat(options);
  return withSession(io, globals, { quiet: format === 'json' }, async (session) => {
    const { database, zones } = session;
    const period = periodOf(database.clock.now(), zones.business);
    const changes = await readChanges(database.db, period);
    await writeReport(
      io,
      { format, output: options.output },
      {
        title: 'Changes of the monitoring',
        present: () => changesReport(changes, zones.business),
        document: () => ({ before: changesDocument(changes, database.label) }),
        rows: () => changesRows(changes),
        origin: () => readOrigin(session),
        page: async () =>
          changesPage(
            changes,
            zones.business,
            await readChanges(database.db, { ...period, ...periodBefore(period) }),
          ),
      },
    );
    return ExitCode.ok;
  });
}
