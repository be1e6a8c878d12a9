import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { readOrigin } from '../../../src/cli/output/report-origin.ts';
import { readFormat, writeReport } from '../../../src/cli/output/write-report.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { usage } from '../../../src/errors/usage.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import type { Month } from '../../../src/time/day.ts';
import { monthOf, readMonth } from '../../../src/time/month.ts';
import { overviewDocument, overviewRows } from '../overview/document.ts';
import { comparedMonths } from '../overview/month.ts';
import { overviewPage, overviewReport } from '../overview/present.ts';
import { readOverview } from '../overview/read.ts';
import type { reportOverview as reportOverviewDeclaration } from './report-overview.ts';

/** `report overview`: a month on one page. */
export async function reportOverview(
  io: Io,
  globals: GlobalOptions,
  options: OptionsOf<typeof reportOverviewDeclaration>,
): Promise<ExitCode> {
  const typed = typedMonth(options.month);
  const format = readFormat(options);
  return withSession(io, globals, { quiet: format === 'json' }, async (session) => {
    const { database, config, zones } = session;
    const now = database.clock.now();
    const zone = zones.business;
    const present = monthOf(dayOf(now, zone));
    const month = typed ?? present;
    if (month > present) throw notYet(month, present);
    const overview = await readOverview({
      ...{ db: database.db, now, zones, mode: database.mode },
      compared: comparedMonths(month, now, zone),
      settingsOf: (job) => config.jobs[job]?.settings,
    });
    await writeReport(
      io,
      { format, output: options.output },
      {
        title: `Overview of ${month}`,
        present: () => overviewReport(overview, zone),
        document: () => ({ before: overviewDocument(overview, { database: database.label, zone }) }),
        rows: () => overviewRows(overview),
        origin: () => readOrigin(session),
        page: () => overviewPage(overview, zone),
      },
    );
    return ExitCode.ok;
  });
}

/** undefined: the present one. */
function typedMonth(text: string | undefined): Month | undefined {
  const month = text === undefined ? undefined : readMonth(text);
  if (text === undefined || month !== undefined) return month;
  throw usage(`--month '${text}' is not a month.`, 'Give it as YYYY-MM, such as 2026-10.');
}

function notYet(month: Month, present: Month) {
  return usage(`The month ${month} has not begun.`, `Give --month ${present}, or an earlier one.`);
}
