import { chmod, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ExitCode } from '../../errors/exit-code.ts';
import { memoryError } from '../../errors/limit-error.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import { whoWeAre } from '../../errors/process-limits.ts';
import { usage } from '../../errors/usage.ts';
import { makeFolder } from '../../files/make-folder.ts';
import { hasDatabase, pgDataOf, settleCopies } from './data-folder.ts';
import { DatabaseThread } from './database-thread.ts';
import { EmbeddedSource } from './embedded-source.ts';
import { unpackNewDatabase } from './new-database.ts';
import { type OwnFolderOptions, ownFolder } from './own-folder.ts';
import type { Ownership } from './ownership.ts';
import { fileError } from './place-error.ts';
import { startFailure } from './start-failure.ts';
import { hasAddressesForThread } from './start-thread-early.ts';

export interface OpenEmbeddedOptions extends OwnFolderOptions {
  /** Make a new database without any table, instead of a migrated one. */
  readonly emptyWhenNew?: boolean;
  /** Of each statement; undefined: as of a short command. */
  readonly statementLimitMs?: number;
  /** Told when it makes a new database. */
  readonly onNotice?: (notice: string) => void;
}

/** An open embedded database, and the folder that this process owns with it. */
export interface OpenedEmbedded {
  readonly source: EmbeddedSource;
  readonly ownership: Ownership;
}

/**
 * Opens the embedded database in a folder: makes the folder (0700) or takes one that nothing else uses, becomes its owner, makes the database when there is
 * none, and starts its thread.
 *
 * @throws OperatorError `database_held` (exit 3) when another process has the folder for longer than is waited for it;
 * `data_dir_unusable` (exit 2) when the folder cannot be used.
 */
export async function openEmbedded(folder: string, options: OpenEmbeddedOptions): Promise<OpenedEmbedded> {
  const ownership = await takeDataFolder(folder, options);
  try {
    if (!hasDatabase(folder)) await createDatabase(folder, options);
    const thread = await startThread(folder, options.signal);
    const source = new EmbeddedSource(thread, {
      label: labelOf(folder),
      folder,
      restart: () => startThread(folder),
      onEnd: () => ownership.release(),
      ...(options.statementLimitMs === undefined ? {} : { statementLimitMs: options.statementLimitMs }),
    });
    return { source, ownership };
  } catch (error) {
    await ownership.release();
    options.signal?.throwIfAborted();
    throw error;
  }
}

function labelOf(folder: string): string {
  return `embedded database in ${folder}`;
}

/** @throws OperatorError that says why the database does not start. */
async function startThread(folder: string, signal?: AbortSignal): Promise<DatabaseThread> {
  try {
    const pgData = pgDataOf(folder);
    await removeLockFile(pgData);
    if (!hasAddressesForThread()) throw memoryError(labelOf(folder));
    return await DatabaseThread.start(pgData, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw await startFailure(folder, labelOf(folder), error);
  }
}

/**
 * Makes or takes the folder and becomes its owner, without opening its database.
 *
 * @throws as {@link openEmbedded}
 */
export async function takeDataFolder(folder: string, options: OpenEmbeddedOptions): Promise<Ownership> {
  await prepareFolder(folder);
  const ownership = await ownFolder(folder, options).catch((error: unknown) => {
    options.signal?.throwIfAborted();
    throw unusable(folder, error);
  });
  try {
    await settleCopies(folder);
    return ownership;
  } catch (error) {
    await ownership.release();
    throw unusable(folder, error);
  }
}

async function prepareFolder(folder: string): Promise<void> {
  try {
    // What is in it is the data of the whole organisation: not for other users of the machine.
    if (!(await makeFolder(folder, 0o700))) await takeFolder(folder);
  } catch (error) {
    throw unusable(folder, error);
  }
}

/** Only of a folder that is for this alone are the rights changed, and is what earlier owners left removed. */
async function takeFolder(folder: string): Promise<void> {
  const { mode, uid } = await stat(folder);
  if (!isOurs(await readdir(folder))) throw notForUs(folder, 'it holds files of something else');
  if ((mode & 0o1000) !== 0) throw notForUs(folder, 'all users of this machine share it');
  // For root, too: what it made there its owner could not use, and whoever answers there would learn what root knows.
  if (uid !== (process.getuid?.() ?? uid)) throw notForUs(folder, 'it belongs to another user');
  if ((mode & 0o077) !== 0) await chmod(folder, 0o700);
}

/** Empty, a database of ours, or what a crash left of the first attempt to make one. */
function isOurs(names: readonly string[]): boolean {
  return (
    names.some((name) => /^(pgdata|pgdata\.(new|replaced)|claim-\d+\.json)$/.test(name)) ||
    names.every((name) => /^(draft-[\da-f-]{36}|owner-[\da-f-]{36}\.sock|lost\+found)$/.test(name))
  );
}

function notForUs(folder: string, reason: string): OperatorError {
  return usage(
    `The data folder ${folder} cannot be used: ${reason}.`,
    `Set OPSDECK_JOBS_DATA_DIR to a folder of its own, such as ${join(folder, 'opsdeck-jobs')} (it is made when it is not there), or run it as the user that the folder belongs to.`,
    'data_dir_unusable',
  );
}

/**
 * PostgreSQL's own lock file says nothing here (PGlite's pid is always the same), and refuses every later start when a
 * process was killed between making it and writing it. The owner of the folder knows that nobody else has the database.
 */
async function removeLockFile(pgData: string): Promise<void> {
  if (!(await stat(pgData)).isDirectory()) throw new Error(`${pgData} is not a folder`);
  await rm(join(pgData, 'postmaster.pid'), { force: true });
}

/** Made beside its place and moved there when complete: a crash in between leaves nothing that looks like a database. */
async function createDatabase(
  folder: string,
  { onNotice, signal, emptyWhenNew = false }: OpenEmbeddedOptions,
): Promise<void> {
  onNotice?.(`Making a new embedded database in ${folder}.`);
  const unfinished = join(folder, 'pgdata.new');
  try {
    await rm(unfinished, { recursive: true, force: true });
    await unpackNewDatabase(unfinished, emptyWhenNew ? 'empty' : 'migrated', signal);
    await rename(unfinished, pgDataOf(folder));
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
    signal?.throwIfAborted();
    throw unusable(folder, error);
  }
}

function unusable(folder: string, error: unknown): unknown {
  if (error instanceof OperatorError || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG', 'EMFILE', 'ENFILE'].includes(code))
    return fileError({ code, file: pathOf(error) }, { label: labelOf(folder), folder }, error);
  const reason =
    {
      EACCES: `${whoWeAre()} may not read and write ${pathOf(error) ?? 'there'}`,
      EPERM: 'this user may not change it, or its file system knows no hard links or sockets',
      EROFS: 'its file system is read-only',
      ENOENT: 'no folder can be made there',
      ENOTDIR: 'part of the path is a file',
      ENOTSUP: 'its file system knows no hard links or sockets',
    }[code] ?? error.message;
  return new OperatorError({
    code: 'data_dir_unusable',
    message: `The data folder ${folder} cannot be used: ${reason}.`,
    next: 'Set OPSDECK_JOBS_DATA_DIR to a folder that this user may write, or DATABASE_URL to a PostgreSQL database.',
    exitCode: ExitCode.usage,
    cause: error,
  });
}

function pathOf(error: Error): string | undefined {
  return 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}
