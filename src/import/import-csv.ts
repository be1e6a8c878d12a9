import { basename } from 'node:path';
import type { OperatorError } from '../errors/operator-error.ts';
import { usage } from '../errors/usage.ts';
import type { CsvKind, CsvKindOptions, ImportCounts } from './csv-kind.ts';
import {
  type ImportContext,
  inImportTransaction,
  lockImports,
  recordImport,
  storedNow,
} from './import-transaction.ts';
import { ProblemList } from './problems.ts';
import type { RowSource } from './row-source.ts';
import { type StagedRow, stageRows } from './staging.ts';

/** What an import of rows did, or in a dry run would do. */
export interface CsvImportResult extends ImportCounts {
  readonly rows: number;
  readonly unchanged: number;
  /** What was left out or left alone, as sentences. */
  readonly notes: readonly string[];
}

/** The good rows of the file, ready for the staging table; the others go to `problems`. */
async function* checkedRows(
  kind: CsvKind,
  file: RowSource,
  options: CsvKindOptions,
  problems: ProblemList,
  signal: AbortSignal,
): AsyncGenerator<StagedRow> {
  const schema = kind.row(options);
  const names = Object.keys(kind.staged);
  for await (const { line, cells } of file.rows(problems)) {
    signal.throwIfAborted();
    const parsed = schema.safeParse(cells);
    if (parsed.success) {
      const { data } = parsed;
      yield { line, values: names.map((name) => data[name] ?? null) };
    } else {
      problems.addAll(
        parsed.error.issues.map(({ path, message }) => ({
          line,
          message: `${path.join('.')} ${message}`,
        })),
      );
    }
  }
}

/**
 * Imports a CSV file, or what else has such rows: streams them into a temporary table, looks for every problem, and, if there is none, writes all of them by
 * a fixed number of statements, in one transaction. The same file twice changes nothing.
 *
 * @throws RefusedFile with every problem of the file (exit 2; nothing is written); OperatorError `file_without_rows`.
 */
export async function importCsv(
  kind: CsvKind,
  file: RowSource,
  options: CsvKindOptions,
  context: ImportContext,
): Promise<CsvImportResult> {
  const problems = new ProblemList();
  let rows = 0;
  async function* counted(): AsyncGenerator<StagedRow> {
    for await (const row of checkedRows(kind, file, options, problems, context.signal)) {
      rows += 1;
      yield row;
    }
  }
  return inImportTransaction(context, async (trx) => {
    await stageRows(trx, context.database, kind.staged, counted());
    await lockImports(trx);
    const found = await kind.problems(trx);
    problems.addSome(found.first, found.count);
    if (problems.count > 0) {
      throw problems.refusal(
        file.file,
        'Correct the file and import it again; --dry-run checks without writing.',
        file.fileOf,
      );
    }
    if (rows === 0) throw withoutRows(file.file);
    const counts = await kind.write(trx, {
      now: storedNow(context),
      zone: options.zone,
      storedZone: context.database.storedZone,
      actor: context.actor,
      columns: file.columns,
    });
    const { added, changed } = counts;
    if (added + changed > 0) {
      await recordImport(trx, context, {
        kind: kind.name,
        subject: `file:${basename(file.file)}`,
        after: { rows, added, changed },
      });
    }
    const notes = [...(file.notes?.() ?? []), ...(counts.notes ?? [])];
    return { ...counts, notes, rows, unchanged: rows - added - changed };
  });
}

function withoutRows(file: string): OperatorError {
  return usage(
    `${file} has a header and no rows.`,
    'Check that the export that wrote it found something.',
    'file_without_rows',
  );
}
