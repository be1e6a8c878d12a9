import { sql } from 'kysely';

/** Missed heartbeats after which a run counts as lapsed. */
export const lapsedAfterSeconds = 60;

/** Is the run `r` recorded as running, although its runner has not renewed its heartbeat for {@link lapsedAfterSeconds}? */
export const lapsedRun = sql<boolean>`(r.status = 'running'
           and coalesce(r.heartbeat_at < now() - make_interval(secs => ${sql.lit(lapsedAfterSeconds)}), false))`;

/** What is recorded of such a run when it is marked, and shown of one that is not marked yet. */
export const lapsedReason = 'heartbeat_lapsed';
export const lapsedMessage = 'The runner stopped without recording an end.';
