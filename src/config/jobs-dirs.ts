import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { trusted } from '../trust.ts';
import { configFilePath } from './config-file.ts';
import { readLayers, type SourceOptions } from './layers.ts';
import { jobsDirs } from './values.ts';

const fileSchema = z.looseObject({ jobs_dirs: jobsDirs });

/** `jobs_dirs`: where a user's own jobs are. */
export interface JobsDirs {
  readonly folders: readonly string[];
  /** The configuration file names some, in a way that cannot be used; `loadConfig` says why. */
  readonly unusable: boolean;
}

/**
 * The one value that is needed before the rest can be checked: what may be said of a job is known only with the job. The
 * configuration file alone may set it, and only one that nobody else can have planted. What is wrong is told by
 * `loadConfig`, which reads the file again.
 */
export function readJobsDirs(options: SourceOptions): JobsDirs {
  const file = configFilePath(options, readLayers(options, []));
  const content = file === undefined ? undefined : readJson(file);
  const named = z.looseObject({ jobs_dirs: z.unknown() }).safeParse(content).data?.jobs_dirs;
  if (file === undefined || named === undefined) return { folders: [], unusable: false };
  const checked = fileSchema.safeParse(content);
  if (!checked.success || 'distrust' in trusted(file, 'file')) return { folders: [], unusable: true };
  return { folders: checked.data.jobs_dirs, unusable: false };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8').replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}
