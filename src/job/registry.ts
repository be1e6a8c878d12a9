import complianceDrift from '../../jobs/compliance-drift/job.ts';
import { OperatorError } from '../errors.ts';
import { ExitCode } from '../exit-code.ts';
import { nearest } from '../suggest.ts';
import type { JobDefinition } from './define-job.ts';

/** Every job the program knows, in the order in which people see them. The one place in src/ that names jobs. */
export const jobs: readonly JobDefinition[] = [complianceDrift];

/** The job of that name; otherwise an OperatorError `unknown_job` (exit 2) with the nearest name and the list. */
export function findJob(name: string, among: readonly JobDefinition[] = jobs): JobDefinition {
  const found = among.find((job) => job.name === name);
  if (found !== undefined) return found;
  const names = among.map((job) => job.name);
  const suggestion = nearest(name, names);
  throw new OperatorError({
    code: 'unknown_job',
    message: `There is no job '${name}'${suggestion === undefined ? '.' : `; did you mean '${suggestion}'?`}`,
    next: `The jobs are: ${names.join(', ')}.`,
    exitCode: ExitCode.usage,
  });
}
