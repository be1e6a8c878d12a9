import { randomUUID } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ExitCode } from '../errors/exit-code.ts';
import { limitError } from '../errors/limit-error.ts';
import { OperatorError } from '../errors/operator-error.ts';

export interface OutputFileOptions {
  /** The option that named the file, for the error. Default: `--output`. */
  readonly option?: string;
  /** Who may read it, whatever the umask says. Default: 0644 without what the umask takes away. */
  readonly mode?: number;
  /** Looks at the whole file before it takes its name; what it throws is thrown, and the old file stays. */
  readonly check?: (temporary: string) => Promise<void>;
}

/**
 * Writes a file as a whole: into a temporary file beside it, which then takes its name. Whoever reads it sees the old content
 * or the new, never a half, and a full disk leaves the old one.
 *
 * @throws OperatorError `output_not_writable`, exit code 2; of a limit of this process (open files, file size) exit code 6.
 */
export async function writeOutputFile(
  cwd: string,
  file: string,
  text: string | AsyncIterable<string | Buffer>,
  { option = '--output', mode, check }: OutputFileOptions = {},
): Promise<void> {
  const named = resolve(cwd, file);
  // A link keeps pointing where it does.
  const target = await realpath(named).catch(() => named);
  const temporary = join(dirname(target), `.opsdeck-jobs-${randomUUID()}`);
  const existing = await stat(target).catch(() => undefined);
  if (existing?.isDirectory() === true) throw notWritable(target, 'it is a directory', option);
  try {
    if (existing !== undefined && !existing.isFile()) {
      if (check !== undefined) throw notWritable(target, 'it is not a file', option);
      // A pipe or a device (/dev/stderr) keeps its name; there is nothing to replace.
      await writeThrough(target, 'w', text);
      return;
    }
    await writeThrough(temporary, 'wx', text, mode);
    await check?.(temporary);
    await rename(temporary, target);
  } catch (error) {
    // What could not be made is not there to be removed either; the first error is the one to tell.
    await rm(temporary, { force: true }).catch(() => undefined);
    if (error instanceof OperatorError) throw error;
    throw limitError(error, 'program') ?? notWritable(target, reasonOf(error), option, error);
  }
}

async function writeThrough(
  path: string,
  flags: 'w' | 'wx',
  text: string | AsyncIterable<string | Buffer>,
  mode?: number,
): Promise<void> {
  const handle = await open(path, flags, 0o644);
  try {
    if (mode !== undefined) await handle.chmod(mode);
    if (typeof text === 'string') await handle.writeFile(text);
    else for await (const piece of text) await handle.appendFile(piece);
    if (flags === 'wx') await handle.sync();
  } finally {
    await handle.close();
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is a file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'the name is too long',
};

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return (code === undefined ? undefined : reasons[code]) ?? error.message;
}

const elsewhere: Readonly<Record<string, string>> = {
  '--output': 'Give --output another file, or - for stdout.',
  '--dir': 'Give --dir a folder that exists and that you may write to.',
};

function notWritable(target: string, reason: string, option: string, cause?: unknown): OperatorError {
  return new OperatorError({
    code: 'output_not_writable',
    message: `Cannot write ${target}: ${reason}.`,
    next: elsewhere[option] ?? `Give ${option} another file.`,
    exitCode: ExitCode.usage,
    cause,
  });
}
