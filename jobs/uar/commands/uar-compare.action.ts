import { resolve } from 'node:path';
import { type Kysely, sql, type Transaction } from 'kysely';
import { comparisonFunctions } from '../../../migrations/0011-access-reviews.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { type ReportOptions, readFormat, writeReport } from '../../../src/cli/output/write-report.ts';
import { writeLine } from '../../../src/cli/render/line.ts';
import { readCount } from '../../../src/cli/runs/read-count.ts';
import { withSession } from '../../../src/cli/session.ts';
import { statementLimitOf } from '../../../src/cli/statement-timeout.ts';
import { cancelOnStop } from '../../../src/db/cancel-on-stop.ts';
import { connectInMemory } from '../../../src/db/connect.ts';
import { toOperatorError } from '../../../src/db/errors.ts';
import type { Database } from '../../../src/db/tables.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';
import type { FailOnLevel } from '../../../src/job/fail-on-levels.ts';
import { severities } from '../../../src/job/severity.ts';
import { InconclusiveSource } from '../../../src/sources/source.ts';
import { firstOf } from '../../../src/text/batches.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { accountForRows } from '../compare/accounted.ts';
import { neededColumns } from '../compare/columns.ts';
import { compareStaged } from '../compare/compare-staged.ts';
import { comparisonDocument, comparisonRows } from '../compare/document.ts';
import type { FileComparison } from '../compare/file-comparison.ts';
import { comparisonNotes, comparisonReport } from '../compare/present.ts';
import { countBySeverity, listExcluded, stagedFindings } from '../compare/read-findings.ts';
import { type ComparisonSpec, InconclusiveComparison } from '../compare/spec.ts';
import { type DigestedFiles, digestFiles, rowsToStage } from '../compare/unequal/digest-files.ts';
import { type CsvFormat, type CsvSource, csvSource } from '../sources/csv/csv-source.ts';
import { openTyped } from '../sources/open-file.ts';
import { stagingTables } from '../sources/sides.ts';
import { type ComparisonOptions, readComparison, readCsvFormat } from './comparison-options.ts';

/** As typed. */
export interface UarCompareOptions extends ComparisonOptions, ReportOptions {
  readonly limit: string;
  readonly showExcluded?: boolean;
  readonly failOn?: FailOnLevel;
  readonly database?: boolean;
  readonly timeout?: string;
}

/** Two files, as typed. */
interface Files {
  readonly a: string;
  readonly b: string;
}

/**
 * `uar compare`: two CSV files, in temporary tables of a database in memory or, with `--database`, of the configured one.
 *
 * @throws OperatorError with exit code 2 for options and files that cannot be used.
 */
export async function uarCompare(
  io: Io,
  globals: GlobalOptions,
  files: Files,
  options: UarCompareOptions,
): Promise<ExitCode> {
  const limit = readCount(options.limit, '--limit', 1_000_000);
  const format = readFormat(options);
  // First: a file that is not there is reported at once.
  const sources = await openFiles(io, files, {
    a: readCsvFormat(options, 'a'),
    b: readCsvFormat(options, 'b'),
  });
  const compare = (files: ReadFiles) => (db: Kysely<Database>, label: string) =>
    db.transaction().execute(async (trx) => {
      const comparison = await compareFiles(trx, files, { ...options, limit }, label);
      if (format === 'csv') for (const note of comparisonNotes(comparison)) writeLine(io.stderr, note);
      await writeReport(
        io,
        { format, output: options.output },
        {
          title: 'Comparison',
          present: async () => comparisonReport(comparison, await firstOf(stagedFindings(trx), limit)),
          document: () => comparisonDocument(comparison, stagedFindings(trx)),
          rows: () => comparisonRows(comparison.spec.settings.show, () => stagedFindings(trx)),
          origin: () => ({ database: label, zone: 'UTC', at: systemClock.now(), organisation: null }),
        },
      );
      return fails(comparison, options.failOn) ? ExitCode.found : ExitCode.ok;
    });
  try {
    const read = await readFiles(sources, options).catch(refuse);
    if (options.database !== true) return await inMemory(io, compare(read));
    return await withSession(
      io,
      globals,
      { quiet: format === 'json' || format === 'csv', statementLimitMs: statementLimitOf(options) },
      ({ database }) => compare(read)(database.db, database.label),
    );
  } finally {
    for (const file of sources) await file.close();
  }
}

/** A file, open. */
interface FileSource {
  readonly name: string;
  readonly source: CsvSource;
  /** To read it a second time; null: it is a pipe. */
  readonly again: CsvSource | null;
  close(): Promise<void>;
}

async function openFiles(
  io: Io,
  { a, b }: Files,
  formats: { readonly a: CsvFormat; readonly b: CsvFormat },
): Promise<readonly [FileSource, FileSource]> {
  const open = async (name: string, format: CsvFormat): Promise<FileSource> => {
    const file = await openTyped(resolve(io.cwd, name), name).catch(refuse);
    const source = csvSource(file, format, systemClock);
    const again = (await file.handle.stat()).isFile() ? csvSource(file, format, systemClock) : null;
    const close = async () => {
      await again?.close();
      await source.close();
    };
    return { name, source, again, close };
  };
  const first = await open(a, formats.a);
  try {
    return [first, await open(b, formats.b)];
  } catch (error) {
    await first.close();
    throw error;
  }
}

async function inMemory(
  io: Io,
  work: (db: Kysely<Database>, label: string) => Promise<ExitCode>,
): Promise<ExitCode> {
  const connected = await connectInMemory(io.stop);
  const endStopping = cancelOnStop(connected, io.stop);
  try {
    await sql`create schema opsdeck_jobs`.execute(connected.db);
    for (const statement of comparisonFunctions) await sql.raw(statement).execute(connected.db);
    return await work(connected.db, connected.label);
  } catch (error) {
    throw toOperatorError(error, connected.label);
  } finally {
    endStopping();
    await connected.close();
  }
}

/** What is compared, and which of its rows can be left out. */
interface ReadFiles {
  readonly spec: ComparisonSpec;
  readonly a: FileSource;
  readonly b: FileSource;
  /** null: one of them can be read only once. */
  readonly digested: DigestedFiles | null;
}

async function readFiles(
  [a, b]: readonly [FileSource, FileSource],
  options: ComparisonOptions,
): Promise<ReadFiles> {
  const spec = readComparison(options, await a.source.names(), await b.source.names());
  return {
    spec,
    a,
    b,
    digested: a.again === null || b.again === null ? null : await digestFiles(spec, a, b),
  };
}

async function compareFiles(
  trx: Transaction<Database>,
  { spec, a: fileA, b: fileB, digested }: ReadFiles,
  options: { readonly showExcluded?: boolean; readonly limit: number },
  database: string,
): Promise<FileComparison> {
  const unequal = digested === null ? null : await rowsToStage(trx, digested).catch(refuse);
  const load = async (side: 'a' | 'b', { name, source, again }: FileSource) => {
    const table = side === 'a' ? stagingTables.A : stagingTables.B;
    const loaded = await (again ?? source).load(trx, table, neededColumns(spec, side), unequal?.[side]);
    if (digested !== null && digested[side].sha256 !== loaded.sha256)
      throw new InconclusiveSource(`${name} changed while it was read.`);
    return loaded;
  };
  const a = await load('a', fileA).catch(refuse);
  const b = await load('b', fileB).catch(refuse);
  const [nameA, nameB] = [fileA.name, fileB.name];
  const summary = await compareStaged(trx, spec, { ...a, name: nameA }, { ...b, name: nameB }).catch(refuse);
  const same = unequal?.same ?? 0;
  await accountForRows(trx, {
    a: { ...a, name: nameA, rows: a.rows - same },
    b: { ...b, name: nameB, rows: b.rows - same },
  }).catch(refuse);
  const bySeverity = await countBySeverity(trx);
  const excluded = options.showExcluded === true ? await listExcluded(trx, options.limit) : null;
  return { database, excluded, nameA, nameB, a, b, spec, summary, bySeverity };
}

/** Data that cannot be compared are wrong input here; every other error stays what it is. */
function refuse(error: unknown): never {
  if (!(error instanceof InconclusiveSource || error instanceof InconclusiveComparison)) throw error;
  throw new OperatorError({
    code: 'input_unusable',
    message: error.message,
    next: "See 'opsdeck-jobs uar compare --help'.",
    exitCode: ExitCode.usage,
    cause: error,
  });
}

function fails({ bySeverity }: FileComparison, level: FailOnLevel | undefined): boolean {
  if (level === undefined) return false;
  const atLeast = severities.slice(0, severities.indexOf(level) + 1);
  return atLeast.some((severity) => bySeverity[severity] > 0);
}
