import type { Config } from '../config/config.ts';
import type { ResolvedJob } from '../job/resolved-job.ts';
import type { FiringClaim } from './claim-firing.ts';
import { newRecord } from './firing.ts';
import type { FiringWork } from './slots.ts';

/** What the daemon asks the database for, so that a firing becomes its own. */
export function claimOf(
  { resolved, state, decision, interrupted }: FiringWork,
  config: Pick<Config, 'jobs'>,
  now: Date,
): FiringClaim & { readonly resolved: ResolvedJob } {
  return {
    record: newRecord(resolved.definition.name, config, 'schedule', now),
    state,
    decision,
    interrupted,
    repeatable: resolved.definition.repeatable === true,
    resolved,
  };
}
