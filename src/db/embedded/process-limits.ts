import { readFileSync } from 'node:fs';

/** Names of Linux: what `ulimit` and the units of systemd set. */
type ProcessLimit = 'Max file size' | 'Max open files' | 'Max address space';

/** A limit of this process, for people; undefined: there is none, or the system does not show it. */
export function processLimit(name: ProcessLimit): string | undefined {
  let text: string;
  try {
    text = readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return undefined;
  }
  const line = text.split('\n').find((one) => one.startsWith(name));
  const soft = line?.slice(name.length).trim().split(/\s+/)[0];
  if (soft === undefined || !/^\d+$/.test(soft)) return undefined;
  return name === 'Max open files' ? soft : megabytes(Number(soft));
}

export function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MB`;
}
