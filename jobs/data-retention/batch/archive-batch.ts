import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { version } from '../../../src/service/version.ts';
import { archiveFailed } from '../archive/archive-error.ts';
import { archiveFiles } from '../archive/archive-name.ts';
import { archiveLines, BundleHashes } from '../archive/read-archive.ts';
import { writeArchive } from '../archive/write-archive.ts';
import { storedColumns } from '../policy/table-shape.sql.ts';
import type { Target } from '../policy/target.ts';
import type { ManifestDocument } from '../records/manifest.sql.ts';
import type { OnRunStep } from './run-step.ts';
import { type Batch, relatedLines } from './select-batch.sql.ts';

/** A batch as it was read back from its archive: what may be deleted is what hashes to this. */
export interface ArchivedBatch {
  readonly keys: readonly string[];
  readonly hashes: readonly string[];
  readonly place: Extract<NonNullable<ManifestDocument['place']>, { kind: 'file' }>;
}

/** Tables, keys and columns as the header of a file and the manifest have them. */
export function tablesOf(target: Target): readonly Omit<ManifestDocument['tables'][number], 'rows'>[] {
  return [target.shape, ...target.related.map(({ shape }) => shape)].map((shape) => ({
    name: shape.table,
    key: shape.key,
    columns: storedColumns(shape).map(({ name, type }) => ({ name, type })),
  }));
}

/**
 * Writes a batch, with what goes with its rows, into a file, and reads the file back.
 *
 * @throws OperatorError `archive_failed` when it cannot be written, or does not read back as what was written.
 */
export async function archiveBatch(
  read: <T>(query: (trx: Kysely<Database>) => Promise<T>) => Promise<T>,
  target: Target,
  batch: Batch,
  file: { readonly folder: string; readonly name: string; readonly runId: string },
  onStep: OnRunStep,
): Promise<ArchivedBatch> {
  const header = {
    format: 1,
    program: 'opsdeck-jobs',
    program_version: version,
    policy: target.policy.name,
    policy_hash: target.hash,
    run_id: file.runId,
    tables: tablesOf(target).map((table) => ({
      ...table,
      columns: table.columns.map((one) => ({ ...one })),
    })),
  };
  let written = 1;
  const lines = async function* () {
    written += batch.keys.length;
    yield [batch.text];
    for (const related of target.related)
      for await (const some of relatedLines(read, target, related, batch.keys)) {
        written += some.length;
        yield some;
      }
  };
  const path = await writeArchive(file.folder, file.name, header, lines(), onStep);
  try {
    const back = await readBack(path, target.related.length > 0);
    if (back.header !== JSON.stringify(header) || back.lines !== written || !sameKeys(back.keys, batch.keys))
      throw new Error('it does not read back as what was written');
    await onStep('verified');
    return {
      keys: back.keys,
      hashes: back.hashes,
      place: {
        kind: 'file',
        folder: file.folder,
        name: file.name,
        sha256: back.sha256,
        bytes: back.bytes,
        lines: back.lines,
      },
    };
  } catch (error) {
    throw archiveFailed(join(file.folder, archiveFiles(file.name).rows), error);
  }
}

async function readBack(path: string, withRelated: boolean) {
  const hashes = new BundleHashes(withRelated);
  let header: string | undefined;
  let count = 0;
  let digest = { sha256: '', bytes: 0 };
  const lines = archiveLines(path, (end) => {
    digest = end;
  });
  for await (const some of lines) {
    for (const line of some) {
      count += 1;
      if (header === undefined) header = line;
      else hashes.add(line);
    }
  }
  return { header, lines: count, ...digest, ...hashes.entries() };
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, index) => key === b[index]);
}
