import { type Kysely, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';
import type { JobContext } from '../../../src/job/context.ts';
import { archiveFiles } from '../archive/archive-name.ts';
import { readFolder, removeLeftovers } from '../archive/folder.ts';
import { writeManifestFile } from '../archive/write-archive.ts';
import { readManifests } from './manifest.sql.ts';

type Transaction = JobContext<unknown, unknown>['transaction'];

/** Records a run with the policies it works by; in the same statement as its first look at the folder it is known as the one who writes there. */
export async function recordRun(
  transaction: Transaction,
  run: {
    readonly runId: string;
    readonly now: Date;
    readonly archiveDir: string | null;
    readonly policies: object;
  },
): Promise<void> {
  await transaction((trx) =>
    sql`insert into opsdeck_jobs.retention_run (run_id, started_at, archive_dir, policies)
        values (${run.runId}::uuid, ${run.now.toISOString()}::timestamptz, ${run.archiveDir}, ${JSON.stringify(run.policies)}::jsonb)`.execute(
      trx,
    ),
  );
}

/** Nothing of this run is left that no manifest names. */
export async function markClean(transaction: Transaction, runs: readonly string[], now: Date): Promise<void> {
  await transaction((trx) =>
    sql`update opsdeck_jobs.retention_run set cleaned_at = ${now.toISOString()}::timestamptz
         where run_id = any (${[...runs]}::uuid[])`.execute(trx),
  );
}

/**
 * Puts the folder in order after runs that were interrupted: removes their files that no manifest names, and writes the manifest beside
 * an archive where that was missed. Only of runs that this database knows and that have ended; a run that was taken for dead
 * cannot commit any more. Returns how many files were removed.
 */
export async function cleanUp(
  transaction: Transaction,
  folder: string,
  runId: string,
  now: Date,
): Promise<number> {
  const { runs, hasArchives } = await transaction(async (trx) => {
    const { rows } = await sql<{ run_id: string }>`
      select run_id from opsdeck_jobs.retention_run r
       where cleaned_at is null and archive_dir = ${folder} and run_id <> ${runId}::uuid
         and not exists (select from opsdeck_jobs.job_run j where j.id = r.run_id and j.status = 'running')`.execute(
      trx,
    );
    return { runs: rows.map((row) => row.run_id), hasArchives: await hasArchivesIn(trx, folder) };
  });
  const files = await readFolder(folder, hasArchives);
  if (runs.length === 0) return 0;
  const named = new Set<string>();
  for (const run of runs) {
    const manifests = await transaction((trx) => readManifests(trx, { runId: run }, 1_000_000));
    for (const { id, document } of manifests) {
      if (document === null) throw unreadable(id);
      if (document.place?.kind !== 'file') continue;
      named.add(document.place.name);
      const beside = archiveFiles(document.place.name);
      if (!files.includes(beside.manifest) && files.includes(beside.rows))
        await writeManifestFile(folder, document.place.name, document);
    }
  }
  const removed = await removeLeftovers(folder, files, new Set(runs), named);
  await markClean(transaction, runs, now);
  return removed;
}

/** One statement: whether a manifest names an archive in this folder. */
export async function hasArchivesIn(db: Kysely<Database>, folder: string): Promise<boolean> {
  const { rows } = await sql`select from opsdeck_jobs.archive_manifest
    where document #>> '{place,folder}' = ${folder} limit 1`.execute(db);
  return rows.length > 0;
}

function unreadable(id: number): OperatorError {
  return new OperatorError({
    code: 'manifest_unreadable',
    message: `The manifest of archive ${id} was changed: nothing is archived or deleted until that is settled.`,
    next: 'Look with `verify archives`, and check who can write to opsdeck_jobs.archive_manifest.',
    exitCode: ExitCode.failed,
  });
}
