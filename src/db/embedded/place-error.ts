import { statfsSync } from 'node:fs';
import { ExitCode } from '../../errors/exit-code.ts';
import { limitError, limitWords } from '../../errors/limit-error.ts';
import { OperatorError, type OperatorErrorOptions } from '../../errors/operator-error.ts';
import { megabytes, whoWeAre } from '../../errors/process-limits.ts';
import { inSeconds } from '../../time/duration.ts';
import { toOperatorError } from '../errors.ts';
import { EmbeddedDatabaseError, EmbeddedThreadEndedError } from './embedded-error.ts';
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
  return limitError(error, place.label) ?? toOperatorError(error, `the ${place.label}`);
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

/** A file call failed that no data can be blamed for. */
export function fileError({ code, file }: FileTrouble, place: Place, cause: unknown): OperatorError {
  const path = file ?? place.folder ?? 'a file';
  return new OperatorError({
    ...(limitWords(code, path, place.label) ?? sentenceFor(code, path, place)),
    cause,
  });
}

function sentenceFor(code: string, file: string, { label, folder }: Place): OperatorErrorOptions {
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

function tooLong(limitMs: number, { label }: Place, cause: unknown): OperatorError {
  return new OperatorError({
    code: 'statement_too_long',
    message: `A statement on the ${label} took longer than ${inSeconds(limitMs)} and was ended.`,
    next: 'Give a longer --timeout, where the command has one, or run it again when the machine is less busy.',
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
