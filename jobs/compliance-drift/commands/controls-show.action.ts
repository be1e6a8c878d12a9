import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { readOrigin } from '../../../src/cli/output/report-origin.ts';
import { readFormat, writeReport } from '../../../src/cli/output/write-report.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { evidenceDetails } from '../controls/evidence-details.sql.ts';
import { explainState, lastChanges, readAttestations } from '../controls/explain-control.ts';
import { findControl } from '../controls/find-control.ts';
import { readFollowUps } from '../controls/follow-ups.ts';
import {
  type ExplainedControl,
  explainedDocument,
  explainedReport,
  explainedRows,
} from '../controls/present-control.ts';
import { remedyOf } from '../controls/remedy.ts';
import type { controlsShow } from './controls-show.ts';
import { evaluationScope, findFramework, presentState } from './present-state.ts';

/** How many changes are shown; `report control` has those of a period. */
const mostChanges = 20;

/** `controls show CONTROL`: why it has its status, and what happened to it. */
export async function showControl(
  io: Io,
  globals: GlobalOptions,
  text: string,
  options: OptionsOf<typeof controlsShow>,
): Promise<ExitCode> {
  const format = readFormat(options);
  return withSession(io, globals, { quiet: format === 'json' }, async (session) => {
    const { database, zones } = session;
    const chosen = await findFramework(session, options.framework);
    const control = await findControl(database.db, text, chosen);
    const { controls, scope, now } = await presentState(session, String(control.framework_id));
    const state = await explainState(
      database.db,
      evaluationScope(session, now, control.framework_id),
      control,
    );
    const present = controls.find((one) => one.id === control.id);
    const references = (state?.rules ?? []).flatMap(({ evidence }) => evidence ?? []);
    const explained: ExplainedControl = {
      control,
      state,
      turns: present?.turns ?? [],
      remedy: present === undefined ? '' : remedyOf(present),
      details: await evidenceDetails(database.db, zones, references),
      changes: await lastChanges(database.db, control, mostChanges),
      attestations: (await readAttestations(database.db, scope.today, [control.id])).get(control.id) ?? [],
      followUps: await readFollowUps(database.db, { today: scope.today, controls: [control.id] }),
      attached: database.mode === 'attached',
    };
    await writeReport(
      io,
      { format, output: options.output },
      {
        title: 'Control',
        present: () => explainedReport(explained, scope),
        document: () => ({
          before: {
            database: scope.database,
            timezone: scope.zone,
            evaluated_at: now.toISOString(),
            ...explainedDocument(explained),
          },
        }),
        rows: () => explainedRows(explained),
        origin: () => readOrigin(session),
      },
    );
    return ExitCode.ok;
  });
}
