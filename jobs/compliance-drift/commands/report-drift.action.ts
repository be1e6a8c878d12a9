import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { readOrigin } from '../../../src/cli/output/report-origin.ts';
import { readFormat, writeReport } from '../../../src/cli/output/write-report.ts';
import { pickNamed } from '../../../src/cli/runs/find-named.ts';
import { readPeriod } from '../../../src/cli/runs/read-period.ts';
import { withSession } from '../../../src/cli/session.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { driftDocument, driftRows } from '../report/document.ts';
import { recordedBefore } from '../report/page.sql.ts';
import { driftReport } from '../report/present.ts';
import { driftTimeline, type ReportScope, recordedFrameworks } from '../report/read.ts';
import type { reportDrift as reportDriftDeclaration } from './report-drift.ts';

/** As typed. */
export type ReportDriftOptions = OptionsOf<typeof reportDriftDeclaration>;

/**
 * `report drift`: what the snapshots of the last days recorded.
 *
 * @throws OperatorError with exit code 2 for days, a framework or an output file that cannot be.
 */
export async function reportDrift(
  io: Io,
  globals: GlobalOptions,
  options: ReportDriftOptions,
): Promise<ExitCode> {
  const periodOf = readPeriod(options);
  const format = readFormat(options);
  return withSession(io, globals, { quiet: format === 'json' }, async (session) => {
    const { database, zones } = session;
    const framework =
      options.framework === undefined ? null : await findFramework(database.db, options.framework);
    const { from, to, days, words } = periodOf(database.clock.now(), zones.business);
    const scope: ReportScope = {
      database: database.label,
      zone: zones.business,
      days,
      period: words,
      from,
      to,
      framework,
    };
    const timeline = await driftTimeline(database.db, {
      from,
      to,
      frameworkId: framework?.id ?? null,
    });
    await writeReport(
      io,
      { format, output: options.output },
      {
        title: 'Compliance drift',
        present: () => driftReport(timeline, scope),
        document: () => ({ before: driftDocument(timeline, scope) }),
        rows: () => driftRows(timeline),
        origin: () => readOrigin(session),
        page: async () => {
          const { driftPage } = await import('../report/page.ts');
          const newest = timeline.snapshots.at(-1)?.auditId;
          return driftPage(timeline, scope, await recordedBefore(database.db, scope, newest));
        },
      },
    );
    return ExitCode.ok;
  });
}

/** How many frameworks an error message lists. */
const listed = 20;

/** A deleted framework can still be reported on: what counts is that a snapshot recorded it. */
async function findFramework(db: OpenDatabase['db'], text: string) {
  const recorded = await recordedFrameworks(db);
  const names = recorded.slice(0, listed).map((one) => `${one.id} (${one.name})`);
  const more = recorded.length > listed ? `, and ${recorded.length - listed} more` : '';
  const next =
    recorded.length === 0
      ? "There is no snapshot yet: 'opsdeck-jobs run-job compliance-drift' takes one."
      : `The frameworks that snapshots have recorded are: ${names.join(', ')}${more}.`;
  return pickNamed(recorded, text, { what: 'framework', next });
}
