import { ExitCode } from './exit-code.ts';
import { OperatorError, type OperatorErrorOptions } from './operator-error.ts';
import { megabytes, processLimit, whoWeAre } from './process-limits.ts';

/*
 * What the system gives this process no more of: open files, file size, memory. It can hit any file or module, so it is
 * known by the words of the error, wherever it was thrown.
 */

/** The words of Node, of WebAssembly and of PostgreSQL. */
const memoryWords =
  /could not allocate memory|out of memory|cannot allocate|could not allocate|ERR_WORKER_OUT_OF_MEMORY|ERR_WORKER_INIT_FAILED/i;

/** The error in words for people; undefined: no limit explains it. `what` needs it, such as `program`. */
export function limitError(error: unknown, what: string): OperatorError | undefined {
  if (error instanceof OperatorError || !(error instanceof Error)) return undefined;
  const code = codeOf(error);
  const lacking = code === '53200' || memoryWords.test(`${code} ${error.message}`);
  return lacking ? memoryError(what, error) : limitOfCall(error, what);
}

/** The same of a system call that failed, whatever the words: a job's own error may hold them, too. */
export function limitOfCall(error: Error, what: string): OperatorError | undefined {
  if (error instanceof OperatorError) return undefined;
  const file = 'path' in error && typeof error.path === 'string' ? error.path : 'a file';
  const words = limitWords(codeOf(error), file, what);
  return words === undefined ? undefined : new OperatorError({ ...words, cause: error });
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : '';
}

/** There is not enough memory for `what`, or there are not enough addresses. */
export function memoryError(what: string, cause?: Error): OperatorError {
  return new OperatorError({ ...memoryLimit(what), ...(cause === undefined ? {} : { cause }) });
}

/** @param code of a system call. undefined: it names no limit. */
export function limitWords(code: string, file: string, what: string): OperatorErrorOptions | undefined {
  switch (code) {
    case 'EFBIG':
      return {
        code: 'file_size_limit',
        message: `The ${what} cannot write ${file}: a file of ${whoWeAre()} may be at most ${sizeLimit()} here.`,
        next: 'Raise the limit (ulimit -f, LimitFSIZE= of the systemd unit) and run it again.',
        exitCode: ExitCode.unavailable,
      };
    case 'EMFILE':
    case 'ENFILE':
      return {
        code: 'open_files_limit',
        message: `The ${what} cannot open ${file}: ${openFilesLimit(code)}.`,
        next:
          code === 'EMFILE'
            ? 'Raise the limit (ulimit -n, LimitNOFILE= of the systemd unit) to 1024 and run it again.'
            : 'Raise the limit of the system (sysctl fs.file-max) or end what holds its files, and run it again.',
        exitCode: ExitCode.unavailable,
      };
    case 'ENOMEM':
      return memoryLimit(what);
    default:
      return undefined;
  }
}

function sizeLimit(): string {
  const limit = processLimit('Max file size');
  return limit === undefined ? 'as large as its file system allows' : megabytes(limit);
}

function openFilesLimit(code: string): string {
  if (code === 'ENFILE') return 'the system has no more open files for any process';
  const limit = processLimit('Max open files');
  return `this process of ${whoWeAre()} may have ${limit === undefined ? 'no more files' : `at most ${limit} files`} open`;
}

function memoryLimit(what: string): OperatorErrorOptions {
  const limit = processLimit('Max address space');
  const reason =
    limit === undefined
      ? ''
      : `: the address space of this process of ${whoWeAre()} is limited to ${megabytes(limit)}`;
  return {
    code: 'out_of_memory',
    message: `There is not enough memory for the ${what}${reason}.`,
    next:
      limit === undefined
        ? 'Give the machine or the container more memory, or use PostgreSQL (DATABASE_URL).'
        : 'Set no limit (ulimit -v unlimited, LimitAS=infinity): WebAssembly reserves far more addresses than it uses.',
    exitCode: ExitCode.unavailable,
  };
}
