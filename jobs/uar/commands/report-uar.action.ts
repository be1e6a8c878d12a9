import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { renderCsv } from '../../../src/cli/render/csv.ts';
import { renderMarkdown } from '../../../src/cli/render/markdown.ts';
import { readNumber } from '../../../src/cli/runs/read-number.ts';
import {
  readFormat,
  reportText,
  writeDocumentList,
  writePieces,
  writeReport,
} from '../../../src/cli/runs/report-output.ts';
import { withSession } from '../../../src/cli/session.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { evidenceHash } from '../report/evidence.ts';
import {
  findingColumns,
  findingDocument,
  findingRow,
  type ReviewScope,
  type ReviewSummary,
  reviewDocument,
  reviewReport,
} from '../report/present-review.ts';
import {
  countReview,
  type ReviewFinding,
  readReview,
  readReviewExceptions,
  readSignOff,
} from '../report/review.ts';
import { reviewFindings } from '../report/review-findings.ts';
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
  return withSession(io, globals, { quiet: format === 'json' }, async ({ database, zones }) => {
    const summary = await readSummary(database.db, zones, id);
    const scope: ReviewScope = { database: database.label, zone: zones.business };
    const { review, signOff } = summary;
    const findings = () => reviewFindings(database.db, review, { zones, until: signOff?.at ?? null });
    switch (format) {
      case 'json':
        await writeDocumentList(
          io,
          options.output,
          reviewDocument(summary, scope),
          'findings',
          mapped(findings(), findingDocument),
        );
        break;
      case 'csv':
        await writePieces(io, options.output, csvPieces(findings()));
        break;
      case 'md':
        await writeReport(
          io,
          options.output,
          renderMarkdown(reviewReport(summary, await first(findings(), listed), scope)),
        );
        break;
      case 'text':
        await writeReport(
          io,
          options.output,
          reportText(io, options.output, reviewReport(summary, await first(findings(), listed), scope)),
        );
        break;
      default:
        format satisfies never;
    }
    return ExitCode.ok;
  });
}

async function readSummary(db: OpenDatabase['db'], zones: Zones, id: number): Promise<ReviewSummary> {
  const review = await readReview(db, zones, id);
  const signed = await readSignOff(db, id);
  const unchanged =
    signed !== null &&
    (await evidenceHash(db, review, { zones, until: signed.at })).equals(signed.evidence_hash);
  return {
    review,
    counts: await countReview(db, id),
    exceptions: await readReviewExceptions(db, id),
    signOff: signed === null ? null : { ...signed, unchanged },
  };
}

async function* mapped<A, B>(items: AsyncIterable<A>, change: (item: A) => B): AsyncGenerator<B> {
  for await (const item of items) yield change(item);
}

async function first<A>(items: AsyncIterable<A>, count: number): Promise<readonly A[]> {
  const some: A[] = [];
  for await (const item of items) {
    some.push(item);
    if (some.length === count) break;
  }
  return some;
}

const header = renderCsv([{ kind: 'table', columns: findingColumns, rows: [] }]);

async function* csvPieces(findings: AsyncIterable<ReviewFinding>): AsyncGenerator<string> {
  yield header;
  for await (const finding of findings) {
    yield renderCsv([{ kind: 'table', columns: findingColumns, rows: [findingRow(finding)] }]).slice(
      header.length,
    );
  }
}
