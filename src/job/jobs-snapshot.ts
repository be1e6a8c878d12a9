import { type Kysely, type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../db/tables.ts';
import { type PresentColumns, requiredTables } from './availability.ts';
import type { JobDefinition } from './define-job.ts';
import { lapsedRun } from './lapsed-run.sql.ts';

const instant = z.coerce.date();
const nullableInstant = z.union([z.null(), z.coerce.date()]);

const stateSchema = z.object({
  job: z.string(),
  enabled: z.boolean(),
  schedule: z.string(),
  timezone: z.string(),
  last_scheduled_for: nullableInstant,
  paused_at: nullableInstant,
  paused_until: nullableInstant,
  paused_by: z.string().nullable(),
  pause_reason: z.string().nullable(),
});

const runningSchema = z.object({
  id: z.string(),
  job: z.string(),
  concurrency_key: z.string(),
  trigger: z.enum(['manual', 'schedule', 'timer']),
  started_at: instant,
  runner: z.string(),
  lapsed: z.boolean(),
});

const interruptedSchema = z.object({
  id: z.string(),
  job: z.string(),
  scheduled_for: instant,
  attempt: z.int(),
  params: z.record(z.string(), z.json()),
});

const retrySchema = interruptedSchema.extend({ retry_at: instant });

const snapshotSchema = z.object({
  columns: z.record(z.string(), z.array(z.string())),
  states: z.array(stateSchema),
  running: z.array(runningSchema),
  interrupted: z.array(interruptedSchema),
  retries: z.array(retrySchema),
});

/** `job_state` of one job. */
export type JobState = z.output<typeof stateSchema>;

/** A run that is recorded as running; `lapsed`: its heartbeat was not renewed for `lapsedAfterSeconds`; the embedded database has no heartbeats. */
export type RunningRun = z.output<typeof runningSchema>;

/**
 * A run of a repeatable job that ended in the middle, and was neither cancelled nor begun by hand: its firing may be taken up again. It is the newest, but for those that were
 * skipped while the run still counted as going: they overlapped with nothing, as is known now.
 */
export type InterruptedRun = z.output<typeof interruptedSchema>;

/** A run of a repeatable job that failed: its firing, which is the newest, is taken up again from `retry_at` on. */
export type PendingRetry = z.output<typeof retrySchema>;

/** A run that brings its runner down each time must not do so for ever. */
const mostAttempts = 3;

/**
 * Selects the {@link InterruptedRun} of a job: no row where its newest firing, but for overlaps, was not interrupted.
 *
 * @param job an expression with the name of a repeatable job.
 */
export function interruptedRunOf(job: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select newest.id, newest.job, newest.scheduled_for, newest.attempt, newest.params
      from (${newestRunOf(job)}) newest
     where newest.status = 'interrupted' and newest.cancel_requested_at is null and newest.trigger <> 'manual'
       and newest.attempt < ${mostAttempts}::integer`;
}

function retryOf(job: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select newest.id, newest.job, newest.scheduled_for, newest.attempt, newest.params, newest.retry_at
      from (${newestRunOf(job)}) newest
     where newest.status = 'failed' and newest.retry_at is not null`;
}

/** The last attempt of a job's newest firing, but for overlaps. */
function newestRunOf(job: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select r.id, r.job, r.scheduled_for, r.attempt, r.params, r.status, r.trigger, r.cancel_requested_at, r.retry_at
      from opsdeck_jobs.job_run r
     where r.job = ${job} and r.scheduled_for is not null and r.reason is distinct from 'overlap'
     order by r.scheduled_for desc, r.attempt desc limit 1`;
}

/** What the database says about the jobs, seen at one instant. */
export interface JobsSnapshot {
  readonly present: PresentColumns;
  readonly states: ReadonlyMap<string, JobState>;
  /** By job; runs with the default concurrency key. */
  readonly running: ReadonlyMap<string, RunningRun>;
  /** Runs with another one. */
  readonly runningKeyed: readonly RunningRun[];
  /** By job. */
  readonly interrupted: ReadonlyMap<string, InterruptedRun>;
  /** By job. */
  readonly retries: ReadonlyMap<string, PendingRetry>;
}

/** One statement: the tables and columns that the jobs need, their state, and what is running. */
export async function readJobsSnapshot(
  db: Kysely<Database>,
  definitions: readonly JobDefinition[],
): Promise<JobsSnapshot> {
  const names = definitions.map((definition) => definition.name);
  const repeatable = definitions.filter((one) => one.repeatable === true).map((one) => one.name);
  const { rows } = await sql<Record<string, unknown>>`
    select
      (select coalesce(jsonb_object_agg(t.name, t.columns), '{}') from (
         -- Not information_schema: it hides what the role may not use, and a missing grant would look like a missing table.
         select n.name, jsonb_agg(a.attname) as columns
           from unnest(${requiredTables(definitions)}::text[]) as n(name)
           join pg_catalog.pg_attribute a on a.attrelid =
                  case when strpos(n.name, '.') = 0 then to_regclass(quote_ident(n.name))::oid
                       -- Not to_regclass: it fails for a schema that the role may not use, and every job with it.
                       else (select c.oid from pg_catalog.pg_class c
                               join pg_catalog.pg_namespace s on s.oid = c.relnamespace
                              where s.nspname = split_part(n.name, '.', 1)
                                and c.relname = substr(n.name, strpos(n.name, '.') + 1)) end
          where a.attnum > 0 and not a.attisdropped
          group by 1) t) as columns,
      (select coalesce(jsonb_agg(to_jsonb(s)), '[]') from opsdeck_jobs.job_state s
        where s.job = any (${names}::text[])) as states,
      (select coalesce(jsonb_agg(jsonb_build_object(
                'id', r.id, 'job', r.job, 'concurrency_key', r.concurrency_key, 'trigger', r.trigger, 'started_at', r.started_at, 'runner', r.runner,
                'lapsed', ${lapsedRun}
              )), '[]')
         from opsdeck_jobs.job_run r
        where r.status = 'running' and r.job = any (${names}::text[])) as running,
      (select coalesce(jsonb_agg(to_jsonb(found)), '[]')
         from unnest(${repeatable}::text[]) as name
        cross join lateral (${interruptedRunOf(sql`name`)}) found) as interrupted,
      (select coalesce(jsonb_agg(to_jsonb(found)), '[]')
         from unnest(${repeatable}::text[]) as name
        cross join lateral (${retryOf(sql`name`)}) found) as retries
  `.execute(db);
  const { columns, states, running, interrupted, retries } = snapshotSchema.parse(rows[0]);
  return {
    present: new Map(Object.entries(columns).map(([table, names]) => [table, new Set(names)])),
    states: new Map(states.map((state) => [state.job, state])),
    running: new Map(running.filter((run) => run.concurrency_key === '').map((run) => [run.job, run])),
    runningKeyed: running.filter((run) => run.concurrency_key !== ''),
    interrupted: new Map(interrupted.map((run) => [run.job, run])),
    retries: new Map(retries.map((run) => [run.job, run])),
  };
}

/** The runs that are recorded as running although nobody runs them any more, whatever their key. */
export function lapsedRuns({ running, runningKeyed }: JobsSnapshot): readonly RunningRun[] {
  return [...running.values(), ...runningKeyed].filter(({ lapsed }) => lapsed);
}

/** A run of a job that is going, with whatever concurrency key: the default one first. */
export function anyRunOf({ running, runningKeyed }: JobsSnapshot, job: string): RunningRun | undefined {
  const runs = [running.get(job), ...runningKeyed.filter((run) => run.job === job)];
  return runs.find((run) => run?.lapsed === false);
}

/** The run of a job that is going with this concurrency key. */
export function runningWith(snapshot: JobsSnapshot, job: string, key: string): RunningRun | undefined {
  if (key === '') return snapshot.running.get(job);
  return snapshot.runningKeyed.find((run) => run.job === job && run.concurrency_key === key);
}
