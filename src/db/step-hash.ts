import { createHash } from 'node:crypto';
import type { Migration } from '../../migrations/migration.ts';

/** What a step does to a database, in one hash; its title is only for people. */
export function stepHash({ name, standaloneOnly, statements }: Migration): string {
  return createHash('sha256')
    .update(JSON.stringify([name, standaloneOnly, statements]))
    .digest('hex');
}
