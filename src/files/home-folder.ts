import { homedir, userInfo } from 'node:os';
import { isAbsolute } from 'node:path';

/** The home folder, or why there is none: a clause after `HOME`. */
export type HomeFolder = { readonly path: string } | { readonly reason: string };

/**
 * `HOME`, or where that is not set what the system knows of the user: nothing of a container's user without a name. An empty
 * or relative one would make every working folder a home.
 */
export function homeFolder(home: string | undefined): HomeFolder {
  if (home !== undefined) {
    return isAbsolute(home) ? { path: home } : { reason: `'${home}' is not an absolute path` };
  }
  try {
    return { path: userInfo().homedir };
  } catch {
    return { reason: 'is not set, and the system knows no home folder of this user' };
  }
}

/** The same for this process. */
export function ownHomeFolder(): string | undefined {
  try {
    const home = homedir();
    return isAbsolute(home) ? home : undefined;
  } catch {
    return undefined;
  }
}
