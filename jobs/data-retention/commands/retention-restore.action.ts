import { basename, resolve } from 'node:path';
import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { writeLine } from '../../../src/cli/render/line.ts';
import { readActor } from '../../../src/cli/runs/actor.ts';
import { consent, requireAnswer } from '../../../src/cli/runs/confirm.ts';
import { withSession } from '../../../src/cli/session.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { usage } from '../../../src/errors/usage.ts';
import { count } from '../../../src/text/count.ts';
import { readArchiveName } from '../archive/archive-name.ts';
import { readManifests, type StoredManifest } from '../records/manifest.sql.ts';
import { restorable } from '../restore/restorable.ts';
import { restoreArchive } from '../restore/restore-archive.ts';
import { restoreOrder } from '../restore/restore-order.ts';
import type { RestoredTable } from '../restore/scope.ts';
import { readWhere } from './read-where.ts';
import type { retentionRestore } from './retention-restore.ts';

/** As typed. */
export type RestoreOptions = OptionsOf<typeof retentionRestore>;

/** `retention restore ARCHIVE`: one transaction an archive. What was restored before an archive that refuses stays. */
export async function restoreArchives(
  io: Io,
  globals: GlobalOptions,
  text: string,
  options: RestoreOptions,
): Promise<ExitCode> {
  const actor = readActor(io, options.as);
  const where = readWhere(options.where);
  const json = options.json === true;
  const dryRun = options.dryRun === true;
  return withSession(io, globals, { quiet: json }, async ({ database, logger }) => {
    const archives = (await findArchives(database.db, text)).map(restorable);
    const tables = new Set(archives.flatMap((one) => one.tables.map(({ name }) => name)));
    if (options.table !== undefined && !tables.has(options.table))
      throw usage(`The archive has no table ${options.table}.`, `Its tables are: ${[...tables].join(', ')}.`);
    const restore = async (rehearsed: boolean) => {
      const sums = new Map<string, { restored: number; already: number }>();
      for (const document of restoreOrder(archives)) {
        const done = await restoreArchive(database, document, {
          table: options.table,
          where,
          folder: options.folder === undefined ? undefined : resolve(io.cwd, options.folder),
          dryRun: rehearsed,
          actor,
        });
        for (const one of done) add(sums, one);
        if (rehearsed) continue;
        logger.info(
          {
            'event.action': 'retention.restored',
            'labels.archive': document.archive,
            'user.name': actor,
          },
          `archive ${document.archive} was restored`,
        );
      }
      return [...sums].map(([table, counts]) => ({ table, ...counts }));
    };
    // A dry run is told by table, below.
    const ended = dryRun
      ? null
      : await consent(io, options, async () => {
          requireAnswer(io, options.yes, `Restore ${count(archives.length, 'archive')}?`);
          const rows = (await restore(true)).reduce((sum, { restored }) => sum + restored, 0);
          return {
            words: `restore ${count(rows, 'row')} of ${count(archives.length, 'archive')}`,
            count: rows,
          };
        });
    if (ended !== null) return ended;
    const all = await restore(dryRun);
    if (json) {
      writeJson(io, {
        database: database.label,
        dry_run: dryRun,
        archives: archives.map(({ archive }) => archive),
        tables: all,
      });
    } else {
      for (const { table, restored, already } of all)
        writeLine(
          io.stdout,
          `${table}: ${restored} ${dryRun ? 'would be ' : ''}restored, ${already} there already`,
        );
      if (!dryRun && all.some(({ restored }) => restored > 0))
        writeLine(
          io.stdout,
          'They are as old as before: the next run archives them again, unless `retention legal-hold add` keeps them.',
        );
    }
    return ExitCode.ok;
  });
}

function add(sums: Map<string, { restored: number; already: number }>, one: RestoredTable): void {
  const before = sums.get(one.table) ?? { restored: 0, already: 0 };
  sums.set(one.table, {
    restored: before.restored + one.restored,
    already: before.already + one.already,
  });
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** The manifests of one run are read at once: their keys are ranges. */
const most = 1_000_000;

async function findArchives(db: OpenDatabase['db'], text: string): Promise<readonly StoredManifest[]> {
  const next = '`report retention` lists the archives.';
  if (/^\d{1,15}$/.test(text)) {
    const found = await readManifests(db, { id: Number(text) }, 1);
    if (found.length === 0) throw usage(`There is no archive ${text}.`, next);
    return found;
  }
  const file = readArchiveName(basename(text));
  const runId = uuid.test(text) ? text : file?.runId;
  if (runId === undefined)
    throw usage(`'${text}' is neither the number of an archive, nor its file, nor the id of a run.`, next);
  const ofRun = await readManifests(db, { runId }, most);
  const found =
    file === undefined
      ? ofRun.filter(({ document }) => document === null || document.place !== null)
      : ofRun.filter(({ document }) => document?.place?.kind === 'file' && document.place.name === file.name);
  if (found.length === 0)
    throw usage(
      file === undefined
        ? `The run ${text} archived nothing.`
        : `No manifest names ${basename(text)}: its rows were not deleted.`,
      next,
    );
  return found;
}
