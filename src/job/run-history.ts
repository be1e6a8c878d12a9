import { type Kysely, sql } from 'kysely';
import type { LogRecord, RunStatus, RunTrigger } from '../db/tables/runs.ts';
import type { Database } from '../db/tables.ts';
import type { OperatorError } from '../errors/operator-error.ts';
import { usage } from '../errors/usage.ts';
import type { Json, JsonObject } from '../text/json.ts';
import { lapsedMessage, lapsedReason, lapsedRun } from './lapsed-run.sql.ts';

/** One row of `job_run`, for people and JSON. */
export interface StoredRun {
  readonly id: string;
  readonly job: string;
  readonly status: RunStatus;
  readonly trigger: RunTrigger;
  readonly scheduled_for: Date | null;
  /** Firings that the row stands for: {from, to, count}. */
  readonly stands_for: JsonObject | null;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly duration_ms: number | null;
  readonly runner: string;
  readonly program_version: string;
  readonly params: JsonObject;
  readonly reason: string | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly error_next: string | null;
  /** Somebody asked that it ends; by the database's clock. */
  readonly cancel_requested_at: Date | null;
  readonly cancel_requested_by: string | null;
  readonly cancel_reason: string | null;
  /** The run that this one repeats by hand. */
  readonly retry_of: string | null;
}

/** With what only `runs show` prints. */
export interface StoredRunDetail extends StoredRun {
  readonly result: Json;
  readonly error_stack: string | null;
  /** Its result, log and stack were removed after `keep_history`. */
  readonly short: boolean;
  /** The last records of its log, oldest first. */
  readonly log: readonly LogRecord[];
  /** Records that it logged so far, with those that are not kept. */
  readonly logged: number;
}

/** Of `job_run r`. A run that lapsed and is not marked yet is shown as it will be. */
const columns = sql`r.id, r.job, case when ${lapsedRun} then 'interrupted' else r.status end as status, r.trigger,
  r.scheduled_for, r.stands_for, r.started_at, r.finished_at, r.duration_ms, r.runner, r.program_version, r.params,
  case when ${lapsedRun} then ${lapsedReason} else r.reason end as reason,
  case when ${lapsedRun} then 'interrupted' else r.error_code end as error_code,
  case when ${lapsedRun} then ${lapsedMessage} else r.error_message end as error_message, r.error_next,
  r.cancel_requested_at, r.cancel_requested_by, r.cancel_reason, r.retry_of`;

/** Which decisions; undefined: of all jobs, from the first on. */
export interface HistoryFilter {
  readonly job: string | undefined;
  readonly since?: Date | undefined;
  /** Only runs that are older. */
  readonly after?: Pick<StoredRun, 'id'> | undefined;
}

/** Past decisions, newest first. */
export async function readHistory(
  db: Kysely<Database>,
  { job, since, after }: HistoryFilter,
  limit: number,
): Promise<readonly StoredRun[]> {
  const { rows } = await sql<StoredRun>`
    select ${columns} from opsdeck_jobs.job_run r
     where (${job ?? null}::text is null or r.job = ${job ?? null}::text)
       and (${since?.toISOString() ?? null}::timestamptz is null or r.started_at >= ${since?.toISOString() ?? null}::timestamptz)
       and ${after === undefined ? sql`true` : sql`(r.started_at, r.id) < (${startOf(after)}, ${after.id}::uuid)`}
     order by r.started_at desc, r.id desc limit ${limit}::integer`.execute(db);
  return rows;
}

/** To the microsecond, which a Date does not have. */
const startOf = ({ id }: Pick<StoredRun, 'id'>) =>
  sql`(select k.started_at from opsdeck_jobs.job_run k where k.id = ${id}::uuid)`;

/** One run by its id or the beginning of it. OperatorError `unknown_run` or `ambiguous_run`, exit 2. */
export async function findRun(db: Kysely<Database>, id: string): Promise<StoredRunDetail> {
  const prefix = id.trim().toLowerCase();
  if (!/^[0-9a-f][0-9a-f-]{3,35}$/.test(prefix)) {
    throw notOne(
      'unknown_run',
      `'${id}' is not the id of a run, nor the first four or more characters of one.`,
    );
  }
  const [first, last] = ['0', 'f'].map((digit) => completed(prefix, digit));
  if (first === undefined || last === undefined) throw notOne('unknown_run', `There is no run ${id}.`);
  // By the primary key: an id as text would be compared with every run there is.
  const { rows } = await sql<StoredRunDetail>`
    select ${columns}, r.result, r.error_stack, r.short,
           coalesce(l.records, '[]') as log, coalesce(l.logged, 0)::integer as logged
      from opsdeck_jobs.job_run r left join opsdeck_jobs.run_log l on l.run_id = r.id
     where r.id between ${first}::uuid and ${last}::uuid order by r.id limit 2`.execute(db);
  const [run] = rows;
  if (run === undefined) throw notOne('unknown_run', `There is no run ${id}.`);
  if (rows.length > 1) throw notOne('ambiguous_run', `Several runs begin with ${id}.`);
  return run;
}

/** The id that begins so and goes on with that digit; undefined: no id begins so. */
function completed(prefix: string, digit: string): string | undefined {
  const whole = prefix + '########-####-####-####-############'.replaceAll('#', digit).slice(prefix.length);
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(whole) ? whole : undefined;
}

function notOne(code: 'unknown_run' | 'ambiguous_run', message: string): OperatorError {
  return usage(message, '`runs list` lists the runs; `runs list --json` has their full ids.', code);
}
