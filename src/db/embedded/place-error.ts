import { statfsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { ExitCode } from '../../errors/exit-code.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import { toOperatorError } from '../errors.ts';
import { EmbeddedDatabaseError, EmbeddedThreadEndedError } from './embedded-error.ts';
import { megabytes, processLimit } from './process-limits.ts';
import type { FileTrouble } from './worker-protocol.ts';

/*
 * What goes wrong under an embedded database is mostly not its data: the disk is full, the process may not or cannot. The
 * thread reports the file call that failed (watch-file-calls.ts); here that becomes a sentence with the file, the user, the
 * limit and what to do.
 */

/** Where an embedded database is, for people. */
export interface Place {
  readonly label: string;
  /** undefined: in memory. */
  readonly folder: string | undefined;
}

/** As {@link toOperatorError}, for an error that came out of the thread of an embedded database. */
export function fromThread(error: unknown, place: Place): Error {
  const trouble = troubleBehind(error);
  if (trouble !== undefined) return fileError(trouble, place, error);
  if (error instanceof EmbeddedThreadEndedError && error.limitMs !== undefined)
    return tooLong(error.limitMs, place, error);
  const memory = outOfMemory(error, place);
  return memory ?? toOperatorError(error, place.label);
}

/** Classes of SQLSTATE: resources, the system, the end of the session, an inner error; and 42501, for a file that may not be opened. */
const ofTheSystem = /^(?:53|57|58|XX|42501)/;

function troubleBehind(error: unknown): FileTrouble | undefined {
  if (error instanceof EmbeddedThreadEndedError) return error.trouble;
  if (!(error instanceof EmbeddedDatabaseError)) return undefined;
  // A write that takes only a part fails without an error of the system.
  if (error.code === '53100') return error.trouble ?? { code: 'ENOSPC', file: undefined };
  return error.code === undefined || ofTheSystem.test(error.code) ? error.trouble : undefined;
}

interface Sentence {
  readonly code: string;
  readonly message: string;
  readonly next: string;
  readonly exitCode: ExitCode;
}

/** A file call failed that no data can be blamed for. */
export function fileError({ code, file }: FileTrouble, place: Place, cause: unknown): OperatorError {
  return new OperatorError({ ...sentenceFor(code, file ?? place.folder ?? 'a file', place), cause });
}

function sentenceFor(code: string, file: string, { label, folder }: Place): Sentence {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return {
        code: 'database_full',
        message:
          code === 'ENOSPC'
            ? `The disk of the ${label} is full: ${freeBytes(folder)} free.`
            : `The disk quota of ${whoWeAre()} for the ${label} is used up.`,
        next: 'Free some space. A daemon then continues by itself; run anything else again.',
        exitCode: ExitCode.unavailable,
      };
    case 'EIO':
      return {
        code: 'disk_failing',
        message: `The disk of the ${label} reported an input/output error at ${file}; ${freeBytes(folder)} free.`,
        next: 'Look for disk errors in the log of the system (dmesg), then run it again.',
        exitCode: ExitCode.unavailable,
      };
    case 'EFBIG':
      return {
        code: 'file_size_limit',
        message: `The ${label} cannot write ${file}: the file size limit of this process is ${processLimit('Max file size') ?? 'too low'}.`,
        next: 'Raise the limit (ulimit -f, LimitFSIZE= of the systemd unit) and run it again.',
        exitCode: ExitCode.unavailable,
      };
    case 'EMFILE':
    case 'ENFILE':
      return {
        code: 'open_files_limit',
        message: `The ${label} cannot open ${file}: the limit of open files is reached (${
          code === 'EMFILE' ? (processLimit('Max open files') ?? 'of this process') : 'of the system'
        }).`,
        next: 'Raise the limit (ulimit -n, LimitNOFILE= of the systemd unit) and run it again.',
        exitCode: ExitCode.unavailable,
      };
    case 'ENOMEM':
      return memorySentence(label);
    default:
      return {
        code: 'data_dir_unusable',
        message: `The ${label} cannot be used: ${
          code === 'EROFS' ? 'its file system is read-only' : `${whoWeAre()} may not read and write ${file}`
        }.`,
        next:
          code === 'EROFS'
            ? 'Mount it for writing, or set OPSDECK_JOBS_DATA_DIR to another folder.'
            : 'Give this user the file (chown), or run it as the user that the folder belongs to.',
        exitCode: ExitCode.usage,
      };
  }
}

/** The memory that PGlite could not get, in the words of Node, of WebAssembly and of PostgreSQL. */
const memoryWords =
  /could not allocate memory|out of memory|cannot allocate|ERR_WORKER_OUT_OF_MEMORY|ERR_WORKER_INIT_FAILED/i;

function outOfMemory(error: unknown, { label }: Place): OperatorError | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? String(error.code) : '';
  if (code !== '53200' && !memoryWords.test(`${code} ${error.message}`)) return undefined;
  return new OperatorError({ ...memorySentence(label), cause: error });
}

function memorySentence(label: string): Sentence {
  const limit = processLimit('Max address space');
  const reason = limit === undefined ? '' : `: the address space of this process is limited to ${limit}`;
  return {
    code: 'out_of_memory',
    message: `There is not enough memory for the ${label}${reason}.`,
    next:
      limit === undefined
        ? 'Give the machine or the container more memory, or use PostgreSQL (DATABASE_URL).'
        : 'Set no limit (ulimit -v unlimited): WebAssembly reserves far more addresses than it uses.',
    exitCode: ExitCode.unavailable,
  };
}

function tooLong(limitMs: number, { label }: Place, cause: unknown): OperatorError {
  return new OperatorError({
    code: 'statement_too_long',
    message: `A statement on the ${label} took longer than ${Math.round(limitMs / 1000)} s and was ended.`,
    next: 'Run it again when the machine is less busy.',
    exitCode: ExitCode.unavailable,
    cause,
  });
}

function freeBytes(folder: string | undefined): string {
  if (folder === undefined) return 'no space';
  try {
    const { bavail, bsize } = statfsSync(folder);
    return megabytes(bavail * bsize);
  } catch {
    return 'an unknown number of bytes';
  }
}

/** A user without an entry has a number only. */
export function whoWeAre(): string {
  const uid = process.getuid?.();
  try {
    return `user ${userInfo().username} (uid ${uid})`;
  } catch {
    return `the user with uid ${uid}`;
  }
}
