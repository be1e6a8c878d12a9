import { type Kysely, sql } from 'kysely';
import type { RunStatus, RunTrigger } from '../db/tables/runs.ts';
import type { Database } from '../db/tables.ts';
import { OperatorError } from '../errors.ts';
import { ExitCode } from '../exit-code.ts';
import type { Json, JsonObject } from '../json.ts';

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
}

/** With what only `history --run` shows. */
export interface StoredRunDetail extends StoredRun {
  readonly result: Json;
  readonly error_stack: string | null;
}

const columns = sql`id, job, status, trigger, scheduled_for, stands_for, started_at, finished_at, duration_ms, runner,
  program_version, params, reason, error_code, error_message`;

/** Past decisions, newest first; of one job, or of all. */
export async function readHistory(
  db: Kysely<Database>,
  job: string | undefined,
  limit: number,
): Promise<readonly StoredRun[]> {
  const { rows } = await sql<StoredRun>`
    select ${columns} from opsdeck_jobs.job_run
     where ${job ?? null}::text is null or job = ${job ?? null}::text
     order by started_at desc, id desc limit ${limit}::integer`.execute(db);
  return rows;
}

/** One run by its id or the beginning of it. OperatorError `unknown_run` or `ambiguous_run`, exit 2. */
export async function findRun(db: Kysely<Database>, id: string): Promise<StoredRunDetail> {
  const prefix = id.trim().toLowerCase();
  if (!/^[0-9a-f][0-9a-f-]{3,35}$/.test(prefix)) {
    throw notOne(
      'unknown_run',
      `'${id}' is not the id of a run, nor the first four or more characters of one.`,
    );
  }
  const { rows } = await sql<StoredRunDetail>`
    select ${columns}, result, error_stack from opsdeck_jobs.job_run
     where id::text like ${`${prefix}%`} order by started_at desc limit 2`.execute(db);
  const [run] = rows;
  if (run === undefined) throw notOne('unknown_run', `There is no run ${id}.`);
  if (rows.length > 1) throw notOne('ambiguous_run', `Several runs begin with ${id}.`);
  return run;
}

function notOne(code: 'unknown_run' | 'ambiguous_run', message: string): OperatorError {
  return new OperatorError({
    code,
    message,
    next: '`history` lists the runs; `history --json` has their full ids.',
    exitCode: ExitCode.usage,
  });
}
