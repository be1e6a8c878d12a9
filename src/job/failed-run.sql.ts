import { sql } from 'kysely';

/**
 * Has the run `r` failed? A run that was killed has, too; one that was stopped in an orderly way has not.
 */
export const failedRun = sql<boolean>`(r.status in ('failed', 'timed_out')
           or (r.status = 'interrupted' and r.reason in ('heartbeat_lapsed', 'runner_gone')))`;
