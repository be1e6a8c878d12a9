import { type RawBuilder, sql } from 'kysely';
import type { OpenDatabase } from '../db/open-database.ts';
import { heartbeats, type RunRecord } from '../job/claim.ts';
import type { MisfirePolicy } from '../job/define-job.ts';
import type { JobState } from '../job/jobs-snapshot.ts';
import type { FiringDecision, Firings } from './decide-firing.ts';

/** A decision that changes something. */
export type ActingDecision = Extract<FiringDecision, { kind: 'skip' | 'miss' | 'run' }>;

/**
 * `claimed`: the run is ours. `recorded`: there is nothing to run, and a row says why. `overlap`: an earlier run is still
 * going, and a row says so. `outdated`: somebody else decided, or changed the job: look again. `decided`: the firing has its row
 * already, although `job_state` did not know it.
 */
export type ClaimResult = 'claimed' | 'recorded' | 'overlap' | 'outdated' | 'decided';

/**
 * Decides one firing, all in one statement: compare-and-set of `last_scheduled_for` (and of all the decision rests on), a row
 * for what was missed, then the run, or a row that says why there is none. Any number of claimers may try at the same instant:
 * the row lock of the compare-and-set lets one through, and the unique indexes `job_run_firing` and `job_run_running` are
 * the guarantee.
 */
export async function claimFiring(
  database: OpenDatabase,
  record: RunRecord,
  state: JobState,
  decision: ActingDecision,
  misfire: MisfirePolicy,
): Promise<ClaimResult> {
  const run = decision.kind === 'run';
  const standsFor = run ? (misfire === 'latest' ? decision.missed : null) : decision.firings;
  const status = run ? 'running' : decision.kind === 'miss' ? 'missed' : 'skipped';
  const reason = run ? null : decision.kind === 'miss' ? 'too_late' : decision.reason;
  const missed = run ? decision.missed : null;
  const { rows } = await sql<{ decided: boolean; written: boolean; overlap: boolean }>`
    with decided as (
      update opsdeck_jobs.job_state
         set last_scheduled_for = ${decision.due}::timestamptz, updated_at = ${record.startedAt}::timestamptz
       where job = ${record.job}
         and ${sameInstant('last_scheduled_for', state.last_scheduled_for)}
         and enabled = ${state.enabled}::boolean
         and schedule = ${state.schedule} and timezone = ${state.timezone}
         and ${sameInstant('paused_at', state.paused_at)}
         and ${sameInstant('paused_until', state.paused_until)}
      returning job
    ), missed as (
      ${insertRow(record, { status: 'missed', reason: 'not_run', due: missed?.to ?? decision.due, standsFor: missed })}
       where ${missed !== null}::boolean
      on conflict do nothing
    ), written as (
      ${insertRow(record, { id: record.runId, status, reason, due: decision.due, standsFor, beats: run && heartbeats(database) })}
      on conflict do nothing
      returning id
    ), overlap as (
      ${insertRow(record, { status: 'skipped', reason: 'overlap', due: decision.due, standsFor: null })}
       where ${run}::boolean and not exists (select from written)
      on conflict do nothing
      returning id
    )
    select exists (select from decided) as decided, exists (select from written) as written,
           exists (select from overlap) as overlap`.execute(database.db);
  const found = rows[0];
  if (found === undefined || !found.decided) return 'outdated';
  if (found.written) return run ? 'claimed' : 'recorded';
  return found.overlap ? 'overlap' : 'decided';
}

interface NewRow {
  readonly id?: string;
  readonly status: 'running' | 'skipped' | 'missed';
  readonly reason: string | null;
  readonly due: Date;
  readonly standsFor: Firings | null;
  readonly beats?: boolean;
}

/** An INSERT that happens only when the compare-and-set has. */
function insertRow(record: RunRecord, row: NewRow): RawBuilder<unknown> {
  const ended = row.status === 'running' ? null : record.startedAt;
  const standsFor = row.standsFor === null ? null : JSON.stringify(row.standsFor);
  return sql`
      insert into opsdeck_jobs.job_run
        (id, job, status, trigger, scheduled_for, params, stands_for, started_at, finished_at, duration_ms,
         heartbeat_at, runner, program_version, reason)
      select ${row.id === undefined ? sql`gen_random_uuid()` : sql`${row.id}::uuid`}, decided.job, ${row.status},
             ${record.trigger}, ${row.due}::timestamptz, ${record.paramsJson}::text::jsonb, ${standsFor}::text::jsonb,
             ${record.startedAt}::timestamptz, ${ended}::timestamptz,
             ${ended === null ? null : 0}::integer, ${row.beats === true ? sql`now()` : sql`null::timestamptz`},
             ${record.runner}, ${record.programVersion}, ${row.reason}
        from decided`;
}

/** Instants travel with milliseconds; a column may hold microseconds that somebody else wrote. */
function sameInstant(
  column: 'last_scheduled_for' | 'paused_at' | 'paused_until',
  instant: Date | null,
): RawBuilder<boolean> {
  return sql<boolean>`date_trunc('milliseconds', ${sql.ref(column)}) is not distinct from ${instant}::timestamptz`;
}
