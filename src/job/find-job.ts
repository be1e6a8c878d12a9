import { usage } from '../errors/usage.ts';
import { nearest } from '../text/suggest.ts';
import type { JobDefinition } from './define-job.ts';
import type { BrokenJobFile } from './user-jobs/load-user-jobs.ts';

/**
 * The job of that name; otherwise an OperatorError `unknown_job` (exit 2) with the nearest name and the list, and the files
 * that it may be in and that could not be loaded.
 */
export function findJob(
  name: string,
  among: readonly JobDefinition[],
  broken: readonly BrokenJobFile[] = [],
): JobDefinition {
  const found = among.find((job) => job.name === name);
  if (found !== undefined) return found;
  const names = among.map((job) => job.name);
  const suggestion = nearest(name, names);
  throw usage(
    `There is no job '${name}'${suggestion === undefined ? '.' : `; did you mean '${suggestion}'?`}`,
    [
      `The jobs are: ${names.join(', ')}.`,
      ...broken.map(({ file, reason }) => `Not loaded: ${file}: ${reason}.`),
    ].join(' '),
    'unknown_job',
  );
}
