import { sql, type Transaction } from 'kysely';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { isDatabaseError, statementFault } from '../../../src/db/errors.ts';
import type { Database } from '../../../src/db/tables.ts';
import { reasonOf } from '../archive/archive-error.ts';
import { settleSession } from '../batch/line.sql.ts';
import { readShapes } from '../policy/table-shape.sql.ts';
import { contentProblem } from '../records/archived-lines.ts';
import type { ManifestDocument } from '../records/manifest.sql.ts';
import { checkShape } from './check-shape.ts';
import { refused } from './restorable.ts';
import { restoreTable } from './restore-table.ts';
import type { RestoredRows, RestoredTable, RestoreScope } from './scope.ts';

/*
 * Puts archived rows back, exactly: the text of each value is read by the input function of its column's type. One transaction an
 * archive: its rows go into a temporary table first, and from there, those that are not there yet, into their own. A row that is
 * there with the same values is there already; one with other values is a conflict, and nothing of that archive is restored.
 *
 * Whoever can write archives or manifests is not trusted with the rights of who restores: the whole archive is hashed before any of it
 * is unpacked, and only tables that policies take rows from are written to. Not promised: that a manifest is genuine. The chain of
 * hashes has no key, and who may write opsdeck_jobs.archive_manifest can forge it from some point on.
 */

/**
 * @throws OperatorError `restore_refused`, exit 1, when the table no longer fits (naming the column), when a row is there with other
 * values, and when the archive is not what was written. Nothing of the archive is restored then.
 */
export async function restoreArchive(
  database: Pick<OpenDatabase, 'db' | 'copyInto'>,
  document: ManifestDocument,
  scope: RestoreScope,
): Promise<readonly RestoredTable[]> {
  class Rehearsed extends Error {}
  await requireWhole(database.db, document, scope.folder);
  const tables: RestoredRows[] = [];
  try {
    await database.db.transaction().execute(async (trx) => {
      await settleSession(trx, { statementMs: 0, lockMs: 30_000 });
      await oneAtATime(trx, document.archive);
      // A batch is looked up in its table by the primary key, however large the table is by now.
      await sql`select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`.execute(
        trx,
      );
      const wanted = document.tables.filter(({ name }) => scope.table === undefined || name === scope.table);
      const shapes = await readShapes(
        trx,
        wanted.map(({ name }) => name),
      );
      for (const table of wanted) {
        const place = document.tables.indexOf(table);
        const shape = checkShape(document.archive, table, shapes.get(table.name));
        tables.push(await restoreTable(database, trx, document, { place, shape, table }, scope));
      }
      if (scope.dryRun) throw new Rehearsed();
      await record(trx, document, scope, tables);
    });
  } catch (error) {
    // A foreign key whose row is gone, a unique value that somebody else has by now.
    if (statementFault(error)?.startsWith('23') === true && error instanceof Error)
      throw refused(
        document.archive,
        error.message,
        'Settle that first; restore the other rows with --where.',
      );
    if (!(error instanceof Rehearsed)) throw error;
  }
  return tables.map(({ keys: _, ...table }) => table);
}

/** Before anything of it is unpacked, parsed, or in the database: what is in there may be anybody's. */
async function requireWhole(
  db: OpenDatabase['db'],
  document: ManifestDocument,
  folder: string | undefined,
): Promise<void> {
  const next = 'Look with `verify archives`.';
  let problem: string | undefined;
  try {
    problem = await contentProblem(db, document, folder);
  } catch (error) {
    if (isDatabaseError(error)) throw error;
    throw refused(document.archive, `its file cannot be read: ${reasonOf(error)}`, next);
  }
  if (problem !== undefined) throw refused(document.archive, `what it holds ${problem}`, next);
}

/** Who comes second finds the rows there, instead of keys that are taken. */
async function oneAtATime(trx: Transaction<Database>, archive: number): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('opsdeck-jobs restores an archive', ${archive}::bigint))`.execute(
    trx,
  );
}

async function record(
  trx: Transaction<Database>,
  document: ManifestDocument,
  { actor, table, where }: RestoreScope,
  tables: readonly RestoredRows[],
): Promise<void> {
  const keys = tables.find((one) => one.keys !== null)?.keys ?? null;
  // Also of rows that were there already: they may have come from another archive that names them, and that is no finding now.
  if (keys !== null)
    await sql`insert into opsdeck_jobs.archive_restore (manifest_id, keys, actor)
      select ${document.archive}::bigint, ${keys}::json, ${actor}
       where not exists (select from opsdeck_jobs.archive_restore r
                          where r.manifest_id = ${document.archive}::bigint and r.keys::text = ${keys})`.execute(
      trx,
    );
  if (tables.every((one) => one.restored === 0)) return;
  const restored = tables.map(({ keys: _, ...one }) => one);
  await sql`
    insert into opsdeck_jobs.action_log (actor, action, subject, after)
    values (${actor}, 'retention_restored', ${`archive:${document.archive}`},
            ${JSON.stringify({ table: table ?? null, where, tables: restored })}::jsonb)`.execute(trx);
}
