import { z } from 'zod';
import { distrustOf } from '../files/trust.ts';
import { findConfigFile } from './config-file.ts';
import { readLayers, type SourceOptions } from './layers.ts';
import { readSource } from './source-file.ts';
import { jobsDirs } from './values.ts';

const fileSchema = z.looseObject({ jobs_dirs: jobsDirs });

/** `jobs_dirs`: where a user's own jobs are. */
export interface JobsDirs {
  readonly folders: readonly string[];
  /** The configuration file names some in a way that cannot be used, or may not be read; `loadConfig` says why. */
  readonly unusable: boolean;
}

/**
 * The one value that is needed before the rest can be checked: what may be said of a job is known only with the job. The
 * configuration file alone may set it, and only one that nobody else can have planted. What is wrong is reported by
 * `loadConfig`, which reads the file again.
 */
export function readJobsDirs(options: SourceOptions): JobsDirs {
  const source = findConfigFile(options, readLayers(options, []));
  if (source === undefined) return { folders: [], unusable: false };
  const opened = readSource(source, '', []);
  if (opened === undefined) return { folders: [], unusable: true };
  const content = parsedJson(opened.text);
  const named = z.looseObject({ jobs_dirs: z.unknown() }).safeParse(content).data?.jobs_dirs;
  if (named === undefined) return { folders: [], unusable: false };
  const checked = fileSchema.safeParse(content);
  if (!checked.success || distrustOf(opened.stats, 'file') !== undefined)
    return { folders: [], unusable: true };
  return { folders: checked.data.jobs_dirs, unusable: false };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
