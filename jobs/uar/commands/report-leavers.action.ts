import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { readOrigin } from '../../../src/cli/output/report-origin.ts';
import { readFormat, writeReport } from '../../../src/cli/output/write-report.ts';
import { readDayPeriod } from '../../../src/cli/runs/read-period.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { addDays, dayOf, daysBetween } from '../../../src/time/calendar-day.ts';
import { leaversDocument, leaversRows } from '../leavers/document.ts';
import { leaversPage } from '../leavers/page.ts';
import { leaversReport } from '../leavers/present.ts';
import { readLeavers } from '../leavers/read.ts';
import type { reportLeavers as declaration } from './report-leavers.ts';

/** As typed. */
export type ReportLeaversOptions = OptionsOf<typeof declaration>;

/**
 * `report leavers --from DATE`: whose access ended how long after they left.
 *
 * @throws OperatorError with exit code 2 for days or an output file that cannot be.
 */
export async function reportLeavers(
  io: Io,
  globals: GlobalOptions,
  options: ReportLeaversOptions,
): Promise<ExitCode> {
  const periodOf = readDayPeriod(options.from, options.to);
  const format = readFormat(options);
  return withSession(io, globals, { quiet: format === 'json' }, async (session) => {
    const { database, zones } = session;
    const today = dayOf(database.clock.now(), zones.business);
    const scope = { database: database.label, zone: zones.business, today, ...periodOf(today) };
    const report = await readLeavers(database.db, scope);
    await writeReport(
      io,
      { format, output: options.output },
      {
        title: 'People who left',
        present: () => leaversReport(report, scope),
        document: () => ({ before: leaversDocument(report, scope) }),
        rows: () => leaversRows(report),
        origin: () => readOrigin(session),
        page: async () => {
          const last = addDays(scope.first, -1);
          const first = addDays(last, -daysBetween(scope.first, scope.last));
          return leaversPage(report, scope, await readLeavers(database.db, { ...scope, first, last }));
        },
      },
    );
    return ExitCode.ok;
  });
}
