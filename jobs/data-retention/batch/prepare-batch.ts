import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { archiveFiles, archiveName } from '../archive/archive-name.ts';
import type { Target } from '../policy/target.ts';
import { takenNow, type Work } from '../policy/work.ts';
import { type ArchivedBatch, archiveBatch } from './archive-batch.ts';
import { settleSession } from './line.sql.ts';
import { selectBatch } from './select-batch.sql.ts';

/** A batch that was selected and, where archives are files, archived and read back; nothing of it is deleted yet. */
export interface PreparedBatch {
  readonly keys: readonly string[];
  /** Its last key. */
  readonly last: string;
  readonly archived: ArchivedBatch | null;
}

/**
 * Prepares the next batch after a key; null: there is none.
 *
 * @param place of the batch in the run, for the name of its file.
 * @throws what the database and the archive say; its file is gone then.
 */
export async function prepareBatch(
  work: Work,
  target: Target,
  next: { readonly after: string | null; readonly rows: number; readonly place: number },
): Promise<PreparedBatch | null> {
  const read = readerOf(work);
  const folder = archiveFolder(work, target);
  const batch = await read(async (trx) =>
    selectBatch(trx, target, await takenNow(trx, work, target), {
      after: next.after,
      limit: Math.min(target.policy.batchSize, next.rows),
      withLines: folder !== null,
    }),
  );
  const last = batch.keys.at(-1);
  if (last === undefined) return null;
  await work.onStep('selected');
  if (folder === null) return { keys: batch.keys, last, archived: null };
  const file = { folder, name: archiveName(target.policy.name, work.runId, next.place), runId: work.runId };
  try {
    return { keys: batch.keys, last, archived: await archiveBatch(read, target, batch, file, work.onStep) };
  } catch (error) {
    await removeUnlessCommitted(work, file);
    throw error;
  }
}

/** The key of the first row behind another one that may be taken, without its line; null: there is none. */
export async function nextKey(work: Work, target: Target, after: string | null): Promise<string | null> {
  const page = { after, limit: 1, withLines: false };
  const batch = await readerOf(work)(async (trx) =>
    selectBatch(trx, target, await takenNow(trx, work, target), page),
  );
  return batch.keys[0] ?? null;
}

function readerOf(work: Work) {
  return <T>(query: (trx: Kysely<Database>) => Promise<T>) =>
    work.transaction(async (trx) => {
      await settleSession(trx, work.limits);
      return query(trx);
    });
}

function archiveFolder({ archiveDir }: Work, { policy }: Target): string | null {
  return policy.action === 'archive_then_delete' || policy.action === 'archive_only' ? archiveDir : null;
}

/** For a batch that is not to be deleted. */
export async function discardBatch(work: Work, { archived }: PreparedBatch): Promise<void> {
  if (archived !== null) await removeUnlessCommitted(work, archived.place);
}

/** The database says whether the manifest is there; without an answer the file stays for the next run, which asks again. */
async function removeUnlessCommitted(
  work: Work,
  { folder, name }: { readonly folder: string; readonly name: string },
): Promise<void> {
  const file = archiveFiles(name).rows;
  try {
    const named = await work.transaction(async (trx) => {
      await settleSession(trx, work.limits);
      // A commit whose answer was lost may still be under way: this waits for it (freezeHolds in dispose.sql.ts).
      await sql`lock table opsdeck_jobs.retention_hold in row exclusive mode`.execute(trx);
      const { rows } = await sql`select from opsdeck_jobs.archive_manifest
        where run_id = ${work.runId}::uuid and document #>> '{place,name}' = ${name}`.execute(trx);
      return rows.length > 0;
    });
    if (!named) await rm(join(folder, file), { force: true });
  } catch (error) {
    work.fileLeft();
    work.logger.warn(
      { 'event.action': 'retention.file_left', 'event.outcome': 'failure', 'file.name': file, err: error },
      `${file} was left behind; the next run removes it unless its manifest was committed`,
    );
  }
}
