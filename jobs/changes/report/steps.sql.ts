import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Period } from '../../../src/cli/runs/read-period.ts';
import type { Database } from '../../../src/db/tables.ts';

/** A run that was configured otherwise, or was of another version, than the one before it. */
export interface Step {
  readonly run_id: string;
  readonly job: string;
  readonly host: string;
  readonly started_at: Date;
  readonly hash: string;
  readonly hash_before: string;
  readonly version: string;
  readonly version_before: string;
}

/** How long a host has run a job with the settings that it had last. */
export interface Stretch {
  readonly job: string;
  readonly host: string;
  readonly hash: string;
  readonly first_at: Date;
  readonly last_at: Date;
}

/** Runs with recorded settings, each with what it is compared with: the one before of the same host, else of any. */
const compared = (to: Date): RawBuilder<unknown> => sql`
  select r.*, coalesce(r.own_hash, lag(r.hash) over any_host) as hash_before,
         coalesce(r.own_version, lag(r.version) over any_host) as version_before
    from (select o.*, lag(o.hash) over own as own_hash, lag(o.version) over own as own_version
            from (select id, job, regexp_replace(runner, ':[0-9]+$', '') as host, started_at,
                         settings_hash as hash, program_version as version
                    from opsdeck_jobs.job_run
                   where settings_hash is not null and started_at <= ${to.toISOString()}::timestamptz) o
          window own as (partition by o.job, o.host order by o.started_at, o.id)) r
  window any_host as (partition by r.job order by r.started_at, r.id)`;

/** Oldest first. */
export async function readSteps(db: Kysely<Database>, { from, to }: Period): Promise<readonly Step[]> {
  const { rows } = await sql<Step>`
    select id as run_id, job, host, started_at, hash, hash_before, version, version_before
      from (${compared(to)}) c
     where started_at >= ${from.toISOString()}::timestamptz and hash_before is not null
       and (hash <> hash_before or version <> version_before)
     order by started_at, job, id`.execute(db);
  return rows;
}

/** Of each job and host that ran in the period. */
export async function readStretches(db: Kysely<Database>, { from, to }: Period): Promise<readonly Stretch[]> {
  const { rows } = await sql<Stretch>`
    select distinct on (job, host) job, host, hash, min(started_at) as first_at, max(started_at) as last_at
      from (select c.*, count(*) filter (where hash is distinct from own_hash)
                          over (partition by job, host order by started_at, id) as stretch
              from (${compared(to)}) c) s
     group by job, host, hash, stretch
    having max(started_at) >= ${from.toISOString()}::timestamptz
     order by job, host, max(started_at) desc`.execute(db);
  return rows;
}

/** The first run whose settings are recorded and that was not removed since; null: none. */
export async function recordedSince(db: Kysely<Database>): Promise<Date | null> {
  const { rows } = await sql<{ since: Date | null }>`
    select min(started_at) as since from opsdeck_jobs.job_run where settings_hash is not null`.execute(db);
  return rows[0]?.since ?? null;
}
