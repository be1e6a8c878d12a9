import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

/** Names of Linux: what `ulimit` and the units of systemd set. */
type ProcessLimit = 'Max file size' | 'Max open files' | 'Max address space';

/** Read when the process starts: where no more files can be opened, this one cannot either. */
const limits = linesOf('limits');

/** A limit of this process, a number of bytes or files; undefined: there is none, or the system does not show it. */
export function processLimit(name: ProcessLimit): number | undefined {
  const line = limits.find((one) => one.startsWith(name));
  const soft = line?.slice(name.length).trim().split(/\s+/)[0];
  return soft === undefined || !/^\d+$/.test(soft) ? undefined : Number(soft);
}

/** Bytes of addresses that this process may still take; undefined: no limit, or the system does not show it. */
export function addressSpaceLeft(): number | undefined {
  const limit = processLimit('Max address space');
  const taken = /^VmSize:\s+(\d+) kB$/.exec(linesOf('status').find((one) => one.startsWith('VmSize')) ?? '');
  if (limit === undefined || taken === null) return undefined;
  return limit - Number(taken[1]) * 1024;
}

function linesOf(file: 'limits' | 'status'): readonly string[] {
  try {
    return readFileSync(`/proc/self/${file}`, 'utf8').split('\n');
  } catch {
    return [];
  }
}

export function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MB`;
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
