import { accessSync, constants, lstatSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { geteuid } from 'node:process';

/** A path as it really is, or why it is not to be trusted: a clause after its name. */
export type Trusted = { readonly path: string } | { readonly distrust: string };

/** Group and others. */
const othersMayWrite = 0o022;
const everybodyMayWrite = 0o002;

/** Found files are written by people. A larger one is none of ours. */
export const largestFoundBytes = 1024 * 1024;

/** As many as Linux follows. */
const mostLinks = 40;

/**
 * May the program run what is at this path? Only what nobody but root and the user it runs as can have put there: it belongs to
 * one of the two, and neither group nor others may write it. Symbolic links are resolved first, by the rule of
 * {@link followLinks}; then the folder that a file is really in must be such a folder, too, so that nobody exchanges the file
 * once it was judged. The folders above are not looked at.
 */
export function trusted(path: string, kind: 'file' | 'folder'): Trusted {
  try {
    const followed = kind === 'file' ? followLinks(path) : { path: realpathSync(path) };
    if ('distrust' in followed) return followed;
    const real = followed.path;
    const stats = statSync(real);
    const reason = distrustOf(stats, kind);
    if (reason !== undefined) return { distrust: reason };
    if (kind === 'file') {
      if (stats.size > largestFoundBytes) return { distrust: 'it is larger than 1 MB' };
      const folder = dirname(real);
      const exchangeable = distrustOf(statSync(folder), 'folder');
      if (exchangeable !== undefined)
        return { distrust: `its folder ${folder} is not safe: ${exchangeable}` };
    }
    accessSync(real, kind === 'file' ? constants.R_OK : constants.R_OK | constants.X_OK);
    return { path: real };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { distrust: `there is no such ${kind}` };
    if (code === 'EACCES') return { distrust: 'this user may not read it' };
    if (code === 'ELOOP') return { distrust: 'its symbolic links lead in a circle' };
    throw error;
  }
}

/**
 * Where a file really is. Each link on the way must belong to root or to the user of this process: another user's link would
 * choose what is read. A mounted ConfigMap is such a chain of links. Links above the folder that was named are not looked at.
 *
 * @throws the error of the file system
 */
export function followLinks(path: string): Trusted {
  let place = realpathSync(dirname(path));
  const names = [basename(path)];
  for (let links = 0; names.length > 0; ) {
    const at = resolve(place, names.shift() ?? '');
    const stats = lstatSync(at);
    if (!stats.isSymbolicLink()) {
      place = at;
      continue;
    }
    links += 1;
    if (links > mostLinks) return { distrust: 'its symbolic links lead in a circle' };
    if (isStrangers(stats)) return { distrust: `the link ${at} belongs to another user` };
    const target = readlinkSync(at);
    if (target.startsWith('/')) place = '/';
    names.unshift(...target.split('/').filter((name) => name !== ''));
  }
  return { path: place };
}

function isStrangers({ uid }: Stats): boolean {
  return uid !== 0 && uid !== (geteuid?.() ?? uid);
}

/**
 * Why what was found without being named is not to be followed, a clause after its name; undefined: nobody but root and the
 * user of this process can have planted it.
 */
export function distrustOf(stats: Stats, kind: 'file' | 'folder'): string | undefined {
  if (kind === 'file' ? !stats.isFile() : !stats.isDirectory()) return `it is not a ${kind}`;
  if (isStrangers(stats)) {
    return 'it belongs to another user; it must belong to root or to the user who runs this program';
  }
  if ((stats.mode & othersMayWrite) !== 0) {
    return 'others than its owner may write it; take that right away with chmod go-w';
  }
  return undefined;
}

/** The same of a file that the operator named: their choice, unless everybody may write it. */
export function distrustOfNamed(stats: Stats): string | undefined {
  return stats.isFile() && (stats.mode & everybodyMayWrite) !== 0
    ? 'everybody may write it; take that right away with chmod o-w'
    : undefined;
}
