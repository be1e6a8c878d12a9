import { sql } from 'kysely';
import type { OpenDatabase } from '../db/open-database.ts';
import { heartbeats, type RunRecord } from '../job/claim.ts';
import type { JobState } from '../job/jobs-snapshot.ts';
import type { FiringDecision, Firings } from '../schedule/decide-firing.ts';

/** A decision that changes something. */
export type ActingDecision = Extract<FiringDecision, { kind: 'skip' | 'miss' | 'run' }>;

/** A firing that is to be decided, and all that the decision rests on. */
export interface FiringClaim {
  readonly record: RunRecord;
  readonly state: JobState;
  readonly decision: ActingDecision;
}

/**
 * `claimed`: the run is ours. `recorded`: there is nothing to run, and a row says why. `overlap`: an earlier run is still
 * going, and a row says so. `outdated`: somebody else decided or is just deciding, or the job was changed: look again.
 * `decided`: the firing has its row already, although `job_state` did not know it.
 */
export type ClaimResult = 'claimed' | 'recorded' | 'overlap' | 'outdated' | 'decided';

interface ClaimRow {
  readonly id: string;
  readonly decided: boolean;
  readonly written: boolean;
  readonly overlap: boolean;
}

/**
 * Decides firings of different jobs, all in one statement: for each a compare-and-set of `last_scheduled_for` (and of all
 * the decision rests on), a row for what was missed, then the run, or a row that says why there is none. Any number of claimers
 * may try at the same instant: of a job that another one is deciding nothing is done (`skip locked`, in the order of the names,
 * so that nobody waits and none can lock each other out), and the unique indexes `job_run_firing` and `job_run_running` are the
 * guarantee.
 *
 * @returns the result of each, in the order given.
 */
export async function claimFirings(
  database: OpenDatabase,
  claims: readonly FiringClaim[],
): Promise<readonly ClaimResult[]> {
  if (claims.length === 0) return [];
  const beats = heartbeats(database);
  const { rows } = await sql<ClaimRow>`
    with wanted as (
      select * from jsonb_to_recordset(${JSON.stringify(claims.map(toWanted))}::text::jsonb) as w(
        id uuid, job text, trigger text, params jsonb, started_at timestamptz, runner text, program_version text,
        last timestamptz, enabled boolean, schedule text, timezone text, paused_at timestamptz, paused_until timestamptz,
        due timestamptz, status text, reason text, stands_for jsonb, missed jsonb, missed_to timestamptz)
    ), locked as (
      -- Instants travel with milliseconds; a column may hold microseconds that somebody else wrote.
      select s.job
        from opsdeck_jobs.job_state s
        join wanted w on w.job = s.job
       where date_trunc('milliseconds', s.last_scheduled_for) is not distinct from w.last
         and s.enabled = w.enabled and s.schedule = w.schedule and s.timezone = w.timezone
         and date_trunc('milliseconds', s.paused_at) is not distinct from w.paused_at
         and date_trunc('milliseconds', s.paused_until) is not distinct from w.paused_until
       order by s.job
         for update of s skip locked
    ), decided as (
      update opsdeck_jobs.job_state s
         set last_scheduled_for = w.due, updated_at = w.started_at
        from wanted w join locked l on l.job = w.job
       where s.job = w.job
      returning w.*
    ), missed as (
      insert into opsdeck_jobs.job_run
        (job, status, reason, trigger, scheduled_for, params, stands_for, started_at, finished_at, duration_ms,
         runner, program_version)
      select job, 'missed', 'not_run', trigger, missed_to, params, missed, started_at, started_at, 0, runner, program_version
        from decided where missed is not null
      on conflict do nothing
    ), written as (
      insert into opsdeck_jobs.job_run
        (id, job, status, reason, trigger, scheduled_for, params, stands_for, started_at, finished_at, duration_ms,
         heartbeat_at, runner, program_version)
      select id, job, status, reason, trigger, due, params, stands_for, started_at,
             case when status <> 'running' then started_at end, case when status <> 'running' then 0 end,
             case when status = 'running' and ${beats}::boolean then now() end, runner, program_version
        from decided
      on conflict do nothing
      returning id
    ), overlap as (
      insert into opsdeck_jobs.job_run
        (job, status, reason, trigger, scheduled_for, params, started_at, finished_at, duration_ms, runner, program_version)
      select job, 'skipped', 'overlap', trigger, due, params, started_at, started_at, 0, runner, program_version
        from decided
       where status = 'running' and not exists (select from written where written.id = decided.id)
      on conflict do nothing
      returning job
    )
    select w.id, d.id is not null as decided, r.id is not null as written, o.job is not null as overlap
      from wanted w
      left join decided d on d.id = w.id
      left join written r on r.id = w.id
      left join overlap o on o.job = w.job`.execute(database.control);
  const found = new Map(rows.map((row) => [row.id, row]));
  return claims.map(({ record, decision }) => resultOf(found.get(record.runId), decision));
}

function resultOf(row: ClaimRow | undefined, decision: ActingDecision): ClaimResult {
  if (row === undefined || !row.decided) return 'outdated';
  if (row.written) return decision.kind === 'run' ? 'claimed' : 'recorded';
  return row.overlap ? 'overlap' : 'decided';
}

/** The row of `wanted`; JSON, so that any number of them is one parameter. */
function toWanted({ record, state, decision }: FiringClaim) {
  const run = decision.kind === 'run';
  const missed: Firings | null = run ? decision.missed : null;
  return {
    id: record.runId,
    job: record.job,
    trigger: record.trigger,
    params: JSON.parse(record.paramsJson),
    started_at: record.startedAt,
    runner: record.runner,
    program_version: record.programVersion,
    last: state.last_scheduled_for,
    enabled: state.enabled,
    schedule: state.schedule,
    timezone: state.timezone,
    paused_at: state.paused_at,
    paused_until: state.paused_until,
    due: decision.due,
    status: run ? 'running' : decision.kind === 'miss' ? 'missed' : 'skipped',
    reason: run ? null : decision.kind === 'miss' ? 'too_late' : decision.reason,
    // With misfire skip nothing that went by is made up for: the run is for its own firing alone.
    stands_for: run ? (decision.standsForMissed ? missed : null) : decision.firings,
    missed,
    missed_to: missed?.to ?? null,
  };
}
