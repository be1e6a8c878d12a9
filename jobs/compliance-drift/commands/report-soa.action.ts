import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { readOrigin } from '../../../src/cli/output/report-origin.ts';
import { readFormat, writeReport } from '../../../src/cli/output/write-report.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { soaDocument, soaPage, soaReport, soaRows } from '../soa/present.ts';
import { readApplicability } from '../soa/read.ts';
import { evaluationScope, findFramework } from './present-state.ts';
import type { reportSoa as declaration } from './report-soa.ts';

/** `report soa`: the Statement of Applicability as it is now. */
export async function reportSoa(
  io: Io,
  globals: GlobalOptions,
  options: OptionsOf<typeof declaration>,
): Promise<ExitCode> {
  const format = readFormat(options);
  return withSession(io, globals, { quiet: format === 'json' }, async (session) => {
    const { database, zones } = session;
    const now = database.clock.now();
    const framework = await findFramework(session, options.framework);
    const soa = await readApplicability(database.db, evaluationScope(session, now, framework));
    const scope = {
      database: database.label,
      zone: zones.business,
      today: dayOf(now, zones.business),
    };
    await writeReport(
      io,
      { format, output: options.output },
      {
        title: 'Statement of Applicability',
        present: () => soaReport(soa, scope),
        document: () => ({ before: soaDocument(soa, scope) }),
        rows: () => soaRows(soa),
        origin: () => readOrigin(session),
        page: () => soaPage(soa, scope),
      },
    );
    return ExitCode.ok;
  });
}
