import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { severityOrder } from '../../../src/job/severity.sql.ts';
import type { Json, JsonObject } from '../../../src/text/json.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { refusal } from '../refusal.ts';

/** One execution as it was recorded, without its findings. */
export interface Review {
  readonly execution_id: number;
  readonly comparison_id: number;
  /** Null: OpsDeck has deleted the comparison. */
  readonly comparison: string | null;
  readonly outcome: 'completed' | 'inconclusive' | 'failed';
  readonly reason: string | null;
  readonly started_at: Date | null;
  readonly finished_at: Date;
  readonly program_version: string;
  readonly config: JsonObject;
  readonly source_a: JsonObject | null;
  readonly source_b: JsonObject | null;
  readonly key_quality: JsonObject | null;
  readonly change_accepted_by: string | null;
}

const recordedSettings = z.object({ settings: z.object({ four_eyes: z.boolean() }) });

/** The comparison asked for segregation of duties when it was executed. */
export function needsFourEyes({ config }: Pick<Review, 'config'>): boolean {
  return recordedSettings.safeParse(config).data?.settings.four_eyes === true;
}

export interface SignOff {
  readonly user_id: number;
  readonly email: string;
  readonly note: string;
  /** Null: not recorded then. */
  readonly entered_by: string | null;
  readonly at: Date;
  /** SHA-256, see evidence.ts. */
  readonly evidence_hash: Buffer;
}

/** @throws OperatorError exit 2: `unknown_execution`, `not_ours`. */
export async function readReview(db: Kysely<Database>, zones: Zones, executionId: number): Promise<Review> {
  const { rows } = await sql<Review>`
    select x.execution_id, x.comparison_id, c.name as comparison, x.outcome, x.reason,
           e.started_at at time zone ${zones.stored} as started_at, x.finished_at, x.program_version, x.config,
           x.source_a, x.source_b, x.key_quality, x.change_accepted_by
      from opsdeck_jobs.uar_execution_record x
      left join public.uar_execution e on e.id = x.execution_id
      left join public.uar_comparison c on c.id = x.comparison_id
     where x.execution_id = ${executionId}::integer`.execute(db);
  const review = rows[0];
  if (review !== undefined) return review;
  const theirs = await sql<{ comparison_id: number }>`
    select comparison_id from public.uar_execution where id = ${executionId}::integer`.execute(db);
  const comparison = theirs.rows[0]?.comparison_id;
  if (comparison === undefined) {
    throw refusal(
      'unknown_execution',
      `There is no execution ${executionId}.`,
      '`uar list` shows the last execution of each comparison.',
    );
  }
  throw refusal(
    'not_ours',
    `Execution ${executionId} was made by OpsDeck itself, which does not keep what an execution saw.`,
    `Make one that is kept with \`run-job uar --param comparison=${comparison}\`.`,
  );
}

/** Null: not signed. */
export async function readSignOff(db: Kysely<Database>, executionId: number): Promise<SignOff | null> {
  const { rows } = await sql<SignOff>`
    select user_id, email, note, entered_by, at, evidence_hash from opsdeck_jobs.uar_sign_off
     where execution_id = ${executionId}::integer`.execute(db);
  return rows[0] ?? null;
}

export interface ReviewCount {
  readonly type: string;
  readonly severity: string;
  readonly total: number;
  readonly new: number;
  readonly recurred: number;
}

/** How many findings of each type and severity the execution saw. */
export async function countReview(
  db: Kysely<Database>,
  executionId: number,
): Promise<readonly ReviewCount[]> {
  const { rows } = await sql<ReviewCount>`
    select finding_type as type, severity, count(*)::integer as total,
           count(*) filter (where novelty = 'new')::integer as new,
           count(*) filter (where novelty = 'recurred')::integer as recurred
      from opsdeck_jobs.uar_observation where execution_id = ${executionId}::integer
     group by finding_type, severity
     order by ${severityOrder(sql.ref('severity'))}, finding_type`.execute(db);
  return rows;
}

/** An exception that kept at least one finding of the execution quiet. */
export interface ReviewException {
  readonly id: number;
  readonly key: string;
  readonly type: string | null;
  readonly until: string;
  readonly reason: string;
  readonly added_by: string;
  /** Null: not recorded then. */
  readonly entered_by: string | null;
  /** Left out: not recorded then. Signed reports were hashed without it. */
  readonly requested_by?: string;
  readonly compensating_control?: string;
}

export async function readReviewExceptions(
  db: Kysely<Database>,
  executionId: number,
): Promise<readonly ReviewException[]> {
  const { rows } = await sql<
    ReviewException & Record<'requested_by' | 'compensating_control', string | null>
  >`
    select id::integer as id, key_text as key, finding_type as type, until::text as until, reason, added_by, entered_by,
           requested_by, compensating_control
      from opsdeck_jobs.uar_exception
     where id in (select exception_id from opsdeck_jobs.uar_observation where execution_id = ${executionId}::integer)
     order by id`.execute(db);
  return rows.map(({ requested_by: requester, compensating_control: control, ...one }) => ({
    ...one,
    ...(requester === null ? {} : { requested_by: requester }),
    ...(control === null ? {} : { compensating_control: control }),
  }));
}

/** An exception that applied then, and was revoked. */
export interface Revocation {
  readonly id: number;
  readonly key: string;
  readonly revoked_by: string;
  readonly revoked_at: Date;
}

/** Apart from the exceptions: those are signed, and a later end is no change of what was signed. */
export async function readRevocations(
  db: Kysely<Database>,
  executionId: number,
): Promise<readonly Revocation[]> {
  const { rows } = await sql<Revocation>`
    select id::integer as id, key_text as key, revoked_by, revoked_at from opsdeck_jobs.uar_exception
     where revoked_at is not null
       and id in (select exception_id from opsdeck_jobs.uar_observation where execution_id = ${executionId}::integer)
     order by revoked_at, id`.execute(db);
  return rows;
}

/** One finding as the execution saw it. */
export interface ReviewFinding {
  readonly id: number;
  /** SHA-256 over comparison, type and key, in hex. */
  readonly identity: string;
  readonly type: string;
  readonly severity: string;
  readonly key: string;
  readonly novelty: 'new' | 'seen' | 'recurred' | 'reopened';
  /** After the execution. */
  readonly status: string;
  readonly affected_user_id: number | null;
  readonly affected_user: string | null;
  readonly data_a: Json;
  readonly data_b: Json;
  readonly differences: Json;
  readonly exception_id: number | null;
  readonly decision: FindingDecision | null;
}

export interface FindingDecision {
  readonly decision: string;
  readonly note: string | null;
  readonly actor: string;
  /** The user of the machine who entered it, where that was recorded. */
  readonly entered_by?: string;
  /** null: unknown. */
  readonly at: Date | null;
  /** Where it was made; `unknown`: the status changed and no journal has who changed it: it does not count. */
  readonly source: 'opsdeck-jobs' | 'opsdeck' | 'unknown';
  /** By the person whose account it is: it does not count. */
  readonly own_account: boolean;
}
