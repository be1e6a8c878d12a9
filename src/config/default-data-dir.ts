import { isAbsolute, join } from 'node:path';
import { homeFolder } from '../files/home-folder.ts';

/** The data folder where none is set, or why there is none. */
export type DefaultDataDir = { readonly path: string } | { readonly reason: string };

/** `$XDG_DATA_HOME/opsdeck-jobs`; the XDG specification ignores a relative value. */
export function defaultDataDir({
  XDG_DATA_HOME: xdg,
  HOME,
}: Readonly<Record<string, string | undefined>>): DefaultDataDir {
  if (xdg !== undefined && isAbsolute(xdg)) return { path: join(xdg, 'opsdeck-jobs') };
  const home = homeFolder(HOME);
  return 'path' in home ? { path: join(home.path, '.local', 'share', 'opsdeck-jobs') } : home;
}
