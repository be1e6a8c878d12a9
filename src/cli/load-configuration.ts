import { readJobsDirs } from '../config/jobs-dirs.ts';
import type { SourceOptions } from '../config/layers.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { misspellingWords } from '../config/misspelt.ts';
import { Secrets } from '../config/secrets.ts';
import type { JobDefinition } from '../job/define-job.ts';
import type { BrokenJobFile } from '../job/user-jobs/load-user-jobs.ts';
import type { GlobalOptions, Io } from './io.ts';
import { printFault } from './runs/print-fault.ts';

/** The jobs there are. */
interface Jobs {
  /** The program's own, then the user's. */
  readonly jobs: readonly JobDefinition[];
  /** Files of the user's whose jobs could not be loaded. */
  readonly brokenJobs: readonly BrokenJobFile[];
  /** The configuration file names folders of jobs, in a way that cannot be used. */
  readonly unusable: boolean;
}

/** The validated configuration, with the jobs that it is about. */
export type Configuration = LoadedConfig & Omit<Jobs, 'unusable'>;

/** Where the configuration of a command may come from. */
export function sourcesOf(io: Io, globals: GlobalOptions): SourceOptions {
  return { env: io.env, cwd: io.cwd, envFile: globals.envFile, configFile: globals.config };
}

/** The program's own jobs and those in the folders of `jobs_dirs`. Throws for nothing that is wrong with either. */
export async function loadJobs(io: Io, globals: GlobalOptions): Promise<Jobs> {
  const { folders, unusable } = readJobsDirs(sourcesOf(io, globals));
  const ownJobs = await io.loadJobs();
  if (folders.length === 0) return { jobs: ownJobs, brokenJobs: [], unusable };
  const { loadUserJobs } = await import('../job/user-jobs/load-user-jobs.ts');
  const { jobs, broken } = await loadUserJobs(folders, ownJobs);
  return { jobs: [...ownJobs, ...jobs], brokenJobs: withoutSecrets(broken, new Secrets()), unusable };
}

/** A reason may quote what the file knows. */
function withoutSecrets(broken: readonly BrokenJobFile[], secrets: Secrets): readonly BrokenJobFile[] {
  return broken.map(({ file, reason }) => ({ file, reason: secrets.scrub(reason) }));
}

/**
 * Loads the jobs, then the configuration with all that may be said of them.
 *
 * @throws OperatorError `invalid_configuration` (exit 2) that lists every problem.
 */
export async function loadConfiguration(io: Io, globals: GlobalOptions): Promise<Configuration> {
  const { jobs, brokenJobs, unusable } = await loadJobs(io, globals);
  const incomplete = unusable || brokenJobs.length > 0;
  const loaded = loadConfig({
    ...sourcesOf(io, globals),
    jobs,
    unknownJobs: incomplete ? 'ignore' : 'refuse',
  });
  return { ...loaded, jobs, brokenJobs: withoutSecrets(brokenJobs, loaded.secrets) };
}

/** For commands without a log: what was set and does not count. */
export function sayUnread(io: Io, { brokenJobs, misspellings }: Configuration): void {
  sayBrokenJobs(io, brokenJobs);
  for (const one of misspellings) printFault(io, { message: misspellingWords(one) });
}

export function sayBrokenJobs(io: Io, broken: readonly BrokenJobFile[]): void {
  for (const { file, reason } of broken) printFault(io, { message: `${file} was not loaded: ${reason}` });
}
