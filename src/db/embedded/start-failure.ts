import { constants } from 'node:fs';
import { access, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ExitCode } from '../../errors/exit-code.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import { whoWeAre } from '../../errors/process-limits.ts';
import { reasonOf } from '../../errors/reason-of.ts';
import { pgDataOf } from './data-folder.ts';
import { fromThread } from './place-error.ts';

/**
 * Why an embedded database did not start. Its data are blamed only when nothing else explains it: a file call that failed,
 * memory, a limit, and files of another user or without the rights are looked at first.
 */
export async function startFailure(folder: string, label: string, error: unknown): Promise<Error> {
  const explained = fromThread(error, { label, folder });
  if (explained instanceof OperatorError && explained.code !== 'embedded_database_broken') return explained;
  const refused = await firstRefused(pgDataOf(folder));
  if (refused !== undefined) {
    return new OperatorError({
      code: 'data_dir_unusable',
      message: `The ${label} does not start: ${whoWeAre()} may not read and write ${refused}.`,
      next: 'Give this user the file (chown), or run it as the user that the folder belongs to.',
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
  const [, made, present] = otherPostgres.exec(explained.message) ?? [];
  if (made !== undefined && present !== undefined) {
    return new OperatorError({
      code: 'embedded_other_postgres',
      message: `The ${label} was made by PostgreSQL ${made}, and this version of opsdeck-jobs has PostgreSQL ${present}.`,
      next: 'Open it with the version of opsdeck-jobs that made it; `backup --sql FILE` of that version moves the data to a PostgreSQL server.',
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
  return new OperatorError({
    code: 'embedded_database_broken',
    message: `The ${label} does not start: ${reasonOf(explained)}.`,
    next: `Restore the newest backup with \`opsdeck-jobs restore FILE\`. Without a backup, move ${folder} away: the next command makes an empty database.`,
    exitCode: ExitCode.failed,
    cause: error,
  });
}

/** PostgreSQL's words about files of another major version. */
const otherPostgres =
  /initialized by PostgreSQL version (\S+), which is not compatible with this version (\S+)/;

/** The first file below that this user may not read and write, or that is another user's. */
async function firstRefused(path: string): Promise<string | undefined> {
  const info = await lstat(path).catch(() => undefined);
  if (info === undefined) return undefined;
  const uid = process.getuid?.() ?? info.uid;
  const folder = info.isDirectory();
  const rights = constants.R_OK | constants.W_OK | (folder ? constants.X_OK : 0);
  const allowed = await access(path, rights).then(
    () => true,
    () => false,
  );
  if (!allowed || (uid !== 0 && info.uid !== uid)) return path;
  if (!folder) return undefined;
  for (const name of (await readdir(path)).sort()) {
    const refused = await firstRefused(join(path, name));
    if (refused !== undefined) return refused;
  }
  return undefined;
}
