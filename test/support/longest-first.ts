import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** Their wait is part of what they test: daemons that are killed for a minute, leases that run out, a database that hangs. */
const long = /\/test\/fault\/|\/(?:fence|unanswered|ownership)\.test\.ts$/;

/**
 * Begins with the files that take longest; the others come as usual, the large ones first. Those that share a process come
 * last and in a row: a process ends when the next file needs one of its own.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ moduleId, project }: TestSpecification) =>
      project.config.isolate ? (long.test(moduleId) ? 0 : 1) : 2;
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}
