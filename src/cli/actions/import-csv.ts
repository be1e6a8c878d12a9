import { resolve } from 'node:path';
import type { DatabaseMode } from '../../db/database.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import { usage } from '../../errors/usage.ts';
import type { CsvColumn } from '../../import/csv-columns.ts';
import { type CsvOptions, openCsv } from '../../import/csv-file.ts';
import type { CsvKind } from '../../import/csv-kind.ts';
import { readEncoding } from '../../import/decode-text.ts';
import { type CsvImportResult, importCsv } from '../../import/import-csv.ts';
import type { RowSource } from '../../import/row-source.ts';
import { pageOf } from '../../notify/notice.ts';
import { count } from '../../text/count.ts';
import { dayOf } from '../../time/calendar-day.ts';
import type { Action } from '../commands/command-context.ts';
import { importSession } from '../imports/import-session.ts';
import { showingProblems } from '../imports/showing-problems.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { writeLine } from '../render/line.ts';
import { readActor } from '../runs/actor.ts';
import { withSession } from '../session.ts';

/** As typed: what the declarations of all kinds have. */
export interface ImportOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly framework?: string;
  readonly ownerEmail?: string;
  readonly ownerGroup?: string;
  readonly timeout?: string;
  readonly encoding?: string;
  readonly map?: readonly string[];
  readonly recursive?: boolean;
  readonly skip?: readonly string[];
}

/** Opens what is to be imported: its absolute path, the path as it was typed, the columns that are known. */
export type OpenSource = (
  path: string,
  file: string,
  columns: readonly CsvColumn[],
  options: Omit<ImportOptions, 'encoding'> & CsvOptions,
) => Promise<RowSource>;

/** `import rules|activities|links|users|… FILE`: checks the header, opens the database, imports, says what happened. */
export const importing =
  (kind: CsvKind, open: OpenSource = openCsv): Action<[file: string, options: ImportOptions]> =>
  (io, globals, file, options) =>
    importFile(io, globals, kind, file, options, open);

async function importFile(
  io: Io,
  globals: GlobalOptions,
  kind: CsvKind,
  file: string,
  { encoding, ...options }: ImportOptions,
  open: OpenSource,
): Promise<ExitCode> {
  const dryRun = options.dryRun === true;
  const json = options.json === true;
  const path = resolve(io.cwd, file);
  const of = { ...options, encoding: encoding === undefined ? undefined : readEncoding(encoding) };
  const session = await importSession(io, path, file, options);
  const csv = await showingProblems(io, json, () => open(path, file, kind.columns, of));
  try {
    return await withSession(io, globals, session, async ({ database, config, secrets, zones }) => {
      requireOwnDatabase(kind, database.mode, config.appBaseUrl);
      const context = { database, dryRun, actor: readActor(io, undefined), signal: io.stop };
      const { framework, ownerEmail, ownerGroup } = options;
      const given = {
        framework,
        ownerEmail,
        ownerGroup,
        zone: zones.business,
        today: dayOf(database.clock.now(), zones.business),
        settings: (job: string) => config.jobs[job]?.settings,
      };
      const result = await showingProblems(io, json, () => importCsv(kind, csv, given, context));
      if (json) {
        const label = secrets.scrub(database.label);
        writeJson(io, { ...resultDocument(kind.name, result, dryRun), file, database: label });
      } else {
        for (const line of [resultSentence(kind.name, file, result, dryRun), ...result.notes]) {
          writeLine(io.stdout, line);
        }
      }
      return ExitCode.ok;
    });
  } finally {
    csv.close();
  }
}

/** What OpsDeck keeps itself is entered on its pages. OperatorError `own_database_only`, exit 2. */
function requireOwnDatabase(
  { name, ownDatabase }: CsvKind,
  mode: DatabaseMode,
  appBaseUrl: string | undefined,
): void {
  if (mode === 'standalone' || ownDatabase === undefined) return;
  const pages = ownDatabase.pages.map((page) => pageOf(appBaseUrl, page) ?? page);
  throw usage(
    `This is a database of OpsDeck, which keeps ${ownDatabase.what} itself: \`import ${name}\` is for a database of its own.`,
    `Enter it on OpsDeck's pages: ${pages.join(', ')}.`,
    'own_database_only',
  );
}

function resultDocument(
  kind: string,
  { rows, added, changed, unchanged, also, notes }: CsvImportResult,
  dryRun: boolean,
): Readonly<Record<string, unknown>> {
  return {
    import: kind,
    dry_run: dryRun,
    rows,
    added,
    changed,
    unchanged,
    ...(also === undefined ? {} : { also_added: { [also.plural]: also.count } }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}

function resultSentence(
  kind: string,
  file: string,
  { rows, added, changed, unchanged, also }: CsvImportResult,
  dryRun: boolean,
): string {
  const beside =
    also === undefined || also.count === 0
      ? ''
      : `; also added: ${count(also.count, also.singular, also.plural)}`;
  const counts = `${added} added, ${changed} changed, ${unchanged} unchanged${beside}`;
  return `${file}: ${count(rows, 'row')} of ${kind}: ${counts}${dryRun ? ' (dry run: nothing was written)' : ''}.`;
}
