import type { JobDefinition } from '../job/define-job.ts';
import { coreGrants } from './core-grants.ts';
import type { Wanted } from './read-rights.ts';
import { type RoleNames, roleOf } from './script.ts';

/** What the role of the connection should have for these jobs, and the role that may delete. */
export function wantedRights(jobs: readonly JobDefinition[], names: RoleNames): readonly Wanted[] {
  const of = (role: ReturnType<typeof roleOf>) =>
    jobs.filter((job) => roleOf(job) === role).flatMap(({ grants = [] }) => grants);
  return [
    { role: names.runner, grants: [...coreGrants, ...of('runner')], ownTables: true },
    { role: names.retention, grants: of('retention'), ownTables: false },
  ];
}
