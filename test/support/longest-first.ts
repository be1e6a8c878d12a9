import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** Their wait is part of what they test: daemons that are killed for a minute, leases that run out, a database that hangs. */
const long = /\/test\/fault\/|\/(?:fence|unanswered|ownership)\.test\.ts$/;

/** Begins with the files that take longest; the others come as usual, the large ones first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => long.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
