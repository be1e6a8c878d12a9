import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { readOrigin } from '../../../src/cli/output/report-origin.ts';
import { readFormat, writeReport } from '../../../src/cli/output/write-report.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { usage } from '../../../src/errors/usage.ts';
import { nearest } from '../../../src/text/suggest.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { controlsPage } from '../controls/controls-page.ts';
import { evidenceDetails } from '../controls/evidence-details.sql.ts';
import { byControl, readFollowUps } from '../controls/follow-ups.ts';
import { controlDocument, controlRows, controlsReport, evidenceOf } from '../controls/present-controls.ts';
import { readStanding } from '../controls/standing.sql.ts';
import { type ControlStatus, controlStatuses } from '../status.ts';
import type { controlsList } from './controls-list.ts';
import { findFramework, presentState } from './present-state.ts';
import { readAsOf, writeRecordedControls } from './recorded-state.ts';

/** `controls list` and `report controls`: the controls as they are now, or as a snapshot has them; nothing is stored. */
export async function listControls(
  io: Io,
  globals: GlobalOptions,
  options: OptionsOf<typeof controlsList>,
): Promise<ExitCode> {
  const wanted = readStatuses(options);
  const format = readFormat(options);
  const { framework, output } = options;
  const day = options.asOf === undefined ? null : readAsOf(options.asOf);
  return withSession(io, globals, { quiet: format === 'json' }, async (session) => {
    if (day !== null) {
      await writeRecordedControls(session, day, { format, output, framework, wanted });
      return ExitCode.ok;
    }
    const { controls: all, scope, now } = await presentState(session, framework);
    const controls = all.filter(({ status }) => wanted === null || wanted.includes(status));
    const details = await evidenceDetails(session.database.db, session.zones, evidenceOf(controls));
    const followUps = byControl(
      await readFollowUps(session.database.db, { today: scope.today, controls: null }),
    );
    await writeReport(
      io,
      { format, output },
      {
        title: 'Controls',
        present: () => controlsReport(controls, scope, details, followUps),
        document: () => ({
          before: {
            database: scope.database,
            timezone: scope.zone,
            evaluated_at: now.toISOString(),
            evaluated: all.length,
            controls: controls.map((one) => controlDocument(one, details, followUps)),
          },
        }),
        rows: () => controlRows(controls, details, followUps),
        origin: () => readOrigin(session),
        page: async () =>
          controlsPage(
            controls,
            {
              title: `Controls as of ${scope.today}`,
              asOf: `now, ${wallClock(now, scope.zone)} (${scope.zone})`,
              zone: scope.zone,
              evaluated: all.length,
              standing: await readStanding(session.database.db, {
                until: now,
                frameworkId: await findFramework(session, framework),
              }),
              unread: 0,
            },
            controlsReport(controls, scope, details, followUps).filter(({ kind }) => kind === 'table'),
          ),
      },
    );
    return ExitCode.ok;
  });
}

/** null: every one. OperatorError `usage`, exit 2, for a word that is no status. */
function readStatuses({ failing, status }: OptionsOf<typeof controlsList>): readonly ControlStatus[] | null {
  if (failing === true && status !== undefined) {
    throw usage('--failing and --status contradict each other.', 'Give one of them.');
  }
  if (failing === true) return ['non_compliant', 'warning'];
  if (status === undefined) return null;
  return status.split(',').map((typed) => {
    const word = typed.trim().toLowerCase().replaceAll('-', '_');
    const known = controlStatuses.find((one) => one === word);
    if (known !== undefined) return known;
    const near = nearest(word, controlStatuses);
    throw usage(
      `There is no status '${typed.trim()}'${near === undefined ? '.' : `; did you mean '${near}'?`}`,
      `The states are: ${controlStatuses.join(', ')}.`,
    );
  });
}
