import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { readOrigin } from '../../../src/cli/output/report-origin.ts';
import { readFormat, writeReport } from '../../../src/cli/output/write-report.ts';
import { readNumber } from '../../../src/cli/runs/read-number.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { firstOf } from '../../../src/text/batches.ts';
import { readPopulation } from '../population/read-population.ts';
import { countAges } from '../report/ages.ts';
import { reviewDocument, reviewRows } from '../report/document.ts';
import { readCountsBefore } from '../report/earlier.sql.ts';
import { reviewPage } from '../report/page.ts';
import { populationDocument, populationReport, populationRows } from '../report/population-report.ts';
import { reviewReport } from '../report/present.ts';
import { type ReviewScope, readReviewReport } from '../report/read.ts';
import { readReview } from '../report/review.ts';
import type { reportUar as reportUarDeclaration } from './report-uar.ts';

/** As typed. */
export type ReportUarOptions = OptionsOf<typeof reportUarDeclaration>;

/** How many findings the forms for people list. */
const listed = 500;

/**
 * `report uar --execution N`: what an execution read and saw, as it was then, and what was decided about it.
 *
 * @throws OperatorError with exit code 2 for an execution or an output file that cannot be.
 */
export async function reportUar(
  io: Io,
  globals: GlobalOptions,
  options: ReportUarOptions,
): Promise<ExitCode> {
  const id = readNumber(
    options.execution,
    'an execution',
    '`uar list` shows the last execution of each comparison.',
  );
  const format = readFormat(options);
  return withSession(io, globals, { quiet: format === 'json' }, async (session) => {
    const { database, zones } = session;
    if (options.population === true) {
      const scope: ReviewScope = { database: database.label, zone: zones.business };
      const review = await readReview(database.db, zones, id);
      const population = await readPopulation(database.db, review);
      await writeReport(
        io,
        { format, output: options.output },
        {
          title: 'Population of an access review',
          present: async () =>
            populationReport(review, population, await firstOf(population.rows(), listed), scope),
          document: () => populationDocument(review, population, scope),
          rows: () => populationRows(review, population),
          origin: () => readOrigin(session),
        },
      );
      return ExitCode.ok;
    }
    const report = await readReviewReport(database.db, zones, id);
    const scope: ReviewScope = { database: database.label, zone: zones.business };
    await writeReport(
      io,
      { format, output: options.output },
      {
        title: 'Access review',
        present: async () => reviewReport(report.summary, await firstOf(report.findings(), listed), scope),
        document: () => reviewDocument(report, scope),
        rows: () => reviewRows(report),
        origin: () => readOrigin(session),
        page: async () =>
          reviewPage(report.summary, await firstOf(report.findings(), listed), scope, {
            ages: await countAges(report.findings()),
            before: await readCountsBefore(database.db, report.summary.review),
          }),
      },
    );
    return ExitCode.ok;
  });
}
