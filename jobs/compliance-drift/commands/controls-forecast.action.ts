import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { readOrigin } from '../../../src/cli/output/report-origin.ts';
import { readFormat, writeReport } from '../../../src/cli/output/write-report.ts';
import { readDays } from '../../../src/cli/runs/read-days.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { forecast, forecastDocument, forecastReport, forecastRows } from '../controls/forecast.ts';
import { forecastPage } from '../controls/forecast-page.ts';
import { readStanding } from '../controls/standing.sql.ts';
import type { controlsForecast } from './controls-forecast.ts';
import { findFramework, presentState } from './present-state.ts';

/** `controls forecast`: what gets worse, and when, if nobody does anything. */
export async function forecastControls(
  io: Io,
  globals: GlobalOptions,
  options: OptionsOf<typeof controlsForecast>,
): Promise<ExitCode> {
  const days = readDays(options.days);
  const format = readFormat(options);
  return withSession(io, globals, { quiet: format === 'json' }, async (session) => {
    const { controls, scope, now } = await presentState(session, options.framework);
    const turns = forecast(controls, scope.today, days);
    await writeReport(
      io,
      { format, output: options.output },
      {
        title: 'Forecast of the controls',
        present: () => forecastReport(turns, scope, days),
        document: () => ({
          before: {
            database: scope.database,
            timezone: scope.zone,
            evaluated_at: now.toISOString(),
            days,
            evaluated: scope.evaluated,
            turns: turns.map(forecastDocument),
          },
        }),
        rows: () => forecastRows(turns),
        origin: () => readOrigin(session),
        page: async () =>
          forecastPage(turns, scope, {
            days,
            standing: await readStanding(session.database.db, {
              until: now,
              frameworkId: await findFramework(session, options.framework),
            }),
          }),
      },
    );
    return ExitCode.ok;
  });
}
