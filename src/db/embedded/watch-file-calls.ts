import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { FileTrouble } from './worker-protocol.ts';

/** What neither the data nor the program can be blamed for. PostgreSQL asks for much that is not there: that is nothing to report. */
const reported: ReadonlySet<string> = new Set([
  'EACCES',
  'EDQUOT',
  'EFBIG',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ENOSPC',
  'EPERM',
  'EROFS',
]);

/**
 * Reports each file call of this thread that fails for want of space, rights or limits, at the moment when it fails: what
 * PostgreSQL makes of it may be no answer at all. To be called before PGlite is imported, which keeps the functions that it finds.
 */
export function watchFileCalls(report: (trouble: FileTrouble) => void): void {
  const open = new Map<unknown, string>();
  for (const name of Object.keys(fs).filter((key) => key.endsWith('Sync'))) {
    const original: unknown = Reflect.get(fs, name);
    if (typeof original !== 'function') continue;
    const watched = (...args: unknown[]): unknown => {
      try {
        const result: unknown = Reflect.apply(original, fs, args);
        if (name === 'openSync') open.set(result, String(args[0]));
        return result;
      } catch (error) {
        const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
        const [file] = args;
        if (typeof code === 'string' && reported.has(code)) {
          report({ code, file: typeof file === 'string' ? file : open.get(file) });
        }
        throw error;
      }
    };
    Reflect.set(fs, name, Object.assign(watched, original));
  }
  syncBuiltinESMExports();
}
