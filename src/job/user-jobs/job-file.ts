import type { JobDefinition } from '../define-job.ts';

/** A file of the user's, as it was when it was loaded. */
export interface JobFile {
  /** With symbolic links resolved. */
  readonly path: string;
  /** When it was last changed, in milliseconds since 1970. */
  readonly changed: number;
}

/** A definition holds only what its author wrote. */
const files = new WeakMap<JobDefinition, JobFile>();

export function rememberJobFile(job: JobDefinition, file: JobFile): void {
  files.set(job, file);
}

/** Where a job of the user's comes from; undefined: it is one of the program's own. */
export function jobFileOf(job: JobDefinition): JobFile | undefined {
  return files.get(job);
}
