import { sql } from 'kysely';
import type { OpenDatabase } from '../db/database.ts';
import { heartbeats, type RunRecord } from '../job/claim.ts';
import { type InterruptedRun, interruptedRunOf, type JobState } from '../job/jobs-snapshot.ts';
import { lapsedAfterSeconds } from '../job/lapsed-run.sql.ts';
import type { FiringDecision, Firings } from '../schedule/decide-firing.ts';

/** A decision that changes something. */
export type ActingDecision = Extract<FiringDecision, { kind: 'skip' | 'miss' | 'run' }>;

/** A firing that is to be decided, and all that the decision rests on. */
export interface FiringClaim {
  readonly record: RunRecord;
  readonly state: JobState;
  readonly decision: ActingDecision;
  /** The last firing before this one, if its run ended in the middle and may be repeated: a run for this one stands for it. */
  readonly interrupted: InterruptedRun | undefined;
  readonly repeatable: boolean;
}

/**
 * `claimed`: the run is ours. `recorded`: there is nothing to run, and a row says why. `overlap`: an earlier run is still
 * going, and a row says so. `lapsed`: an earlier run is recorded as
 * running, but its heartbeat has lapsed: that is no overlap; nothing was changed, and it is due again once that run is marked. `outdated`: somebody else decided or is just deciding, or the job was changed: look again.
 * `decided`: the firing has its row already, although `job_state` did not know it.
 */
export type ClaimResult = 'claimed' | 'recorded' | 'overlap' | 'lapsed' | 'outdated' | 'decided';

interface ClaimRow {
  readonly id: string;
  readonly decided: boolean;
  readonly written: boolean;
  readonly overlap: boolean;
  readonly lapsed: boolean;
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
        due timestamptz, status text, reason text, stands_for jsonb, missed jsonb, missed_to timestamptz,
        repeatable boolean, interrupted uuid)
    ), lapsed as (
      select w.id from wanted w
        join opsdeck_jobs.job_run r on r.job = w.job and r.concurrency_key = '' and r.status = 'running'
       where w.status = 'running' and r.heartbeat_at < now() - make_interval(secs => ${lapsedAfterSeconds}::integer)
    ), locked as (
      -- Instants travel with milliseconds; a column may hold microseconds that somebody else wrote.
      select s.job
        from opsdeck_jobs.job_state s
        join wanted w on w.job = s.job
       where date_trunc('milliseconds', s.last_scheduled_for) is not distinct from w.last
         and s.enabled = w.enabled and s.schedule = w.schedule and s.timezone = w.timezone
         and date_trunc('milliseconds', s.paused_at) is not distinct from w.paused_at
         and date_trunc('milliseconds', s.paused_until) is not distinct from w.paused_until
         and not exists (select from lapsed where lapsed.id = w.id)
         -- Somebody may have marked or repeated a run meanwhile.
         and (not w.repeatable
              or w.interrupted is not distinct from (select found.id from (${interruptedRunOf(sql`w.job`)}) found))
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
    select w.id, d.id is not null as decided, r.id is not null as written, o.job is not null as overlap, l.id is not null as lapsed
      from wanted w
      left join decided d on d.id = w.id
      left join written r on r.id = w.id
      left join overlap o on o.job = w.job
      left join lapsed l on l.id = w.id`.execute(database.control);
  const found = new Map(rows.map((row) => [row.id, row]));
  return claims.map(({ record, decision }) => resultOf(found.get(record.runId), decision));
}

function resultOf(row: ClaimRow | undefined, decision: ActingDecision): ClaimResult {
  if (row === undefined || !row.decided) return row?.lapsed === true ? 'lapsed' : 'outdated';
  if (row.written) return decision.kind === 'run' ? 'claimed' : 'recorded';
  return row.overlap ? 'overlap' : 'decided';
}

/** The row of `wanted`; JSON, so that any number of them is one parameter. */
function toWanted({ record, state, decision, interrupted, repeatable }: FiringClaim) {
  const run = decision.kind === 'run';
  const missed: Firings | null = run ? decision.missed : null;
  const standsIn = run && interrupted !== undefined;
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
    reason: run
      ? standsIn
        ? 'after_interrupted'
        : null
      : decision.kind === 'miss'
        ? 'too_late'
        : decision.reason,
    // With misfire skip nothing that went by is made up for: the run is for its own firing alone, and an interrupted one.
    stands_for: run ? madeUpFor(decision.standsForMissed ? missed : null, interrupted) : decision.firings,
    missed,
    missed_to: missed?.to ?? null,
    repeatable,
    interrupted: interrupted?.id ?? null,
  };
}

/** What a run stands for besides its own firing: what was missed, and the interrupted one before that. */
function madeUpFor(missed: Firings | null, interrupted: InterruptedRun | undefined): Firings | null {
  if (interrupted === undefined) return missed;
  const { scheduled_for: from } = interrupted;
  return { from, to: missed?.to ?? from, count: (missed?.count ?? 0) + 1 };
}
