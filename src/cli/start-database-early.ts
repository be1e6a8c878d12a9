import { resolve } from 'node:path';
import { defaultDataDir } from '../config/default-data-dir.ts';
import { readLayers } from '../config/layers.ts';
import { databaseNames } from '../config/source-variables.ts';
import { startThreadEarly } from '../db/embedded/start-thread-early.ts';
import type { GlobalOptions, Io } from './io.ts';

/**
 * Starts what opening an embedded database needs, before the rest of the program is loaded, where the variables lead to one. What a
 * configuration file says is not known yet; where a guess is wrong, or a file cannot be read, nothing is lost but the time.
 */
export function startDatabaseEarly({ env, cwd }: Io, { envFile }: GlobalOptions): void {
  try {
    const layers = readLayers({ env, cwd, envFile }, []);
    const find = (name: string) => layers.map((layer) => layer.find(name)?.text).find(Boolean);
    if (find(databaseNames.url) !== undefined || find(`${databaseNames.url}_FILE`) !== undefined) return;
    const named = find(databaseNames.dataDir);
    const found = named === undefined ? defaultDataDir(env) : { path: resolve(cwd, named) };
    if ('path' in found) startThreadEarly(found.path);
  } catch {
    // Told, with what it means, by the command itself.
  }
}
