import { constants } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sql } from 'kysely';
import { create, extract } from 'tar';
import { z } from 'zod';
import { ExitCode } from '../../../errors/exit-code.ts';
import { limitOfCall } from '../../../errors/limit-error.ts';
import { OperatorError } from '../../../errors/operator-error.ts';
import { usage } from '../../../errors/usage.ts';
import { version } from '../../../service/version.ts';
import type { OpenDatabase } from '../../database.ts';
import { hasDatabase, pgDataOf } from '../data-folder.ts';
import { type CopyFacts, type CopyLimits, checkCopy } from './check-copy.ts';

/*
 * A backup of an embedded database: its files at one moment, in a tar file packed with gzip.
 *
 * Model: the connection is taken, so that no transaction is open and PGlite, which does nothing by itself, leaves its files
 * alone. After a checkpoint they are copied, and the connection is given back. The copy is packed, unpacked, opened, and every
 * row is read, which checks the page checksums of the tables. Only then does the backup get its name.
 * A copy is like a database whose process was killed at that moment: opening it recovers what was committed.
 *
 * | what happens                     | what becomes of it                                                   |
 * | a run has a transaction open     | the backup waits for it; other statements wait for the copying only  |
 * | the process is killed            | no file of that name; the next owner of the folder removes the copy  |
 * | the disk is full                 | an error; a file that had the name before stays                      |
 *
 * Not promised: that an index is free of faults. It can be built again from the rows.
 */

const manifestName = 'manifest.json';
const manifestSchema = z.object({
  format: z.literal('opsdeck-jobs backup 1'),
  /** Of the program that made it. */
  version: z.string(),
  created_at: z.iso.datetime(),
});

/** What is known of a backup once it was checked. */
export interface BackupFacts extends CopyFacts {
  readonly version: string;
  readonly createdAt: Date;
}

/**
 * Copies the files of the database that this process has into a work folder, as they are at one moment.
 *
 * @param work a folder that is not there yet
 */
export async function copyDatabase(
  { db }: Pick<OpenDatabase, 'db'>,
  folder: string,
  work: string,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(work, { mode: 0o700 });
  await orDiskFull(folder, () => copyFiles(db, folder, work, signal));
  signal.throwIfAborted();
}

function copyFiles(db: OpenDatabase['db'], folder: string, work: string, signal: AbortSignal): Promise<void> {
  return db.connection().execute(async (connection) => {
    await sql`checkpoint`.execute(connection);
    await cp(pgDataOf(folder), pgDataOf(work), {
      recursive: true,
      mode: constants.COPYFILE_FICLONE,
      filter: () => !signal.aborted,
    });
  });
}

/** Runs what fills the disk of the data folder. */
async function orDiskFull<T>(folder: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    throw new OperatorError({
      code: 'disk_full',
      message: `The disk of the data folder ${folder} has no room for a copy of the database.`,
      next: 'Free as much space as the database takes, and run it again.',
      exitCode: ExitCode.unavailable,
      cause: error,
    });
  }
}

/** Removes a work folder; what failed in the middle of unpacking may still write there for a moment. */
export async function removeCopy(work: string): Promise<void> {
  await rm(work, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

/** The bytes of the backup of such a copy. Nothing is read before the first of them is asked for. */
export async function* packCopy(work: string, createdAt: Date): AsyncGenerator<Buffer> {
  const manifest: z.input<typeof manifestSchema> = {
    format: 'opsdeck-jobs backup 1',
    version,
    created_at: createdAt.toISOString(),
  };
  await writeFile(join(work, manifestName), JSON.stringify(manifest), { mode: 0o600 });
  const pack = create({ cwd: work, gzip: { level: 3 }, portable: true, strict: true }, [
    manifestName,
    'pgdata',
  ]);
  // Who stops reading it early removes its files; what it still reads then fails for nobody.
  pack.on('error', () => undefined);
  yield* pack;
}

/**
 * Unpacks a backup into a work folder, whose database it opens, reads and closes again.
 *
 * @throws OperatorError `not_a_backup`, `backup_damaged`, `database_newer` (exit 2).
 */
export async function unpackAndCheck(
  path: string,
  file: string,
  work: string,
  limits: CopyLimits,
): Promise<BackupFacts> {
  await removeCopy(work);
  await mkdir(work, { mode: 0o700 });
  const manifest = await orDiskFull(dirname(work), () => unpack(path, file, work));
  limits.signal.throwIfAborted();
  const facts = await checkCopy(work, file, limits);
  return { ...facts, version: manifest.version, createdAt: new Date(manifest.created_at) };
}

async function unpack(path: string, file: string, work: string): Promise<z.output<typeof manifestSchema>> {
  try {
    await extract({
      file: path,
      cwd: work,
      strict: true,
      preserveOwner: false,
      noMtime: true,
      filter: (name, entry) =>
        /^(manifest\.json$|pgdata(\/|$))/.test(name) &&
        'type' in entry &&
        (entry.type === 'File' || entry.type === 'Directory'),
    });
  } catch (error) {
    throw damaged(file, error);
  }
  const text = await readFile(join(work, manifestName), 'utf8').catch(() => undefined);
  const manifest = text === undefined ? undefined : manifestSchema.safeParse(parsedJson(text)).data;
  if (manifest !== undefined && hasDatabase(work)) return manifest;
  throw usage(
    `${file} is not a backup of an embedded database.`,
    'Give a file that `opsdeck-jobs backup` has made.',
    'not_a_backup',
  );
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function damaged(file: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  // Of the disk that it is unpacked to, or of this process, not of the file.
  if (code === 'ENOSPC' || code === 'EDQUOT' || limitOfCall(error, 'program') !== undefined) return error;
  return new OperatorError({
    code: 'backup_damaged',
    message: `${file} cannot be unpacked: ${error.message}.`,
    next: 'Give another backup; nothing was changed.',
    exitCode: ExitCode.usage,
    cause: error,
  });
}
