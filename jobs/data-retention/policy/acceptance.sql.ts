import { type Kysely, sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { type Author, findDecider } from '../../../src/decisions/author.ts';
import { reportDecision } from '../../../src/decisions/report-decision.ts';
import { count } from '../../../src/text/count.ts';
import type { Day } from '../../../src/time/calendar-day.ts';
import type { BrakeReason } from './brake.ts';
import type { Target } from './target.ts';

const row = z.object({
  id: z.string().nullable(),
  left: z.coerce.number().int(),
  ahead_id: z.string().nullable(),
  ahead: z.coerce.number().int(),
  offered: z.array(z.coerce.number().int()),
});

/** What was accepted of a policy as it is now, and what was ordered to be accepted. */
export interface AcceptanceState {
  /** The newest acceptance; null: it was never accepted. */
  readonly id: string | null;
  /** Rows of it that were not taken yet. */
  readonly left: number;
  /** The acceptance in advance that is in force; null: there is none. */
  readonly aheadId: string | null;
  readonly ahead: number;
  readonly offered: ReadonlySet<number>;
}

/** One statement. */
export async function readAcceptance(
  db: Kysely<Database>,
  { policy, hash }: Target,
  today: Day,
): Promise<AcceptanceState> {
  const { rows } = await sql`
    select a.id::text as id, case when a.until is null then coalesce(a.accepted - a.used, 0) else 0 end::text as left,
           ahead.id::text as ahead_id, coalesce(ahead.accepted - ahead.used, 0)::text as ahead,
           array(select due::text from opsdeck_jobs.retention_offer o
                  where o.policy = ${policy.name} and o.policy_hash = ${hash}) as offered
      from (select) one
      left join lateral (select * from opsdeck_jobs.retention_acceptance
                          where policy = ${policy.name} and policy_hash = ${hash} and (until is null or used > 0)
                          order by id desc limit 1) a on true
      left join lateral (select * from opsdeck_jobs.retention_acceptance
                          where policy = ${policy.name} and policy_hash = ${hash} and until >= ${today}::date
                          order by id desc limit 1) ahead on true`.execute(db);
  const read = row.parse(rows[0]);
  return {
    id: read.id,
    left: read.left,
    aheadId: read.ahead_id,
    ahead: read.ahead,
    offered: new Set(read.offered),
  };
}

export async function recordOffer(
  trx: Kysely<Database>,
  { policy, hash }: Target,
  offer: { readonly due: number; readonly reason: BrakeReason; readonly runId: string; readonly now: Date },
): Promise<void> {
  await sql`
    insert into opsdeck_jobs.retention_offer (policy, policy_hash, due, reason, run_id, offered_at)
    values (${policy.name}, ${hash}, ${offer.due}::bigint, ${offer.reason}, ${offer.runId}::uuid, ${offer.now.toISOString()}::timestamptz)
    on conflict do nothing`.execute(trx);
}

/** Records an acceptance, with its entry in the action log. Returns its id. */
export async function recordAcceptance(
  trx: Kysely<Database>,
  { policy, hash }: Target,
  accepted: { readonly rows: number; readonly runId: string; readonly actor: string; readonly now: Date },
): Promise<string> {
  const at = accepted.now.toISOString();
  const { rows } = await sql<{ id: string }>`
    with accepted as (
      insert into opsdeck_jobs.retention_acceptance (policy, policy_hash, accepted, run_id, accepted_at)
      values (${policy.name}, ${hash}, ${accepted.rows}::bigint, ${accepted.runId}::uuid, ${at}::timestamptz)
      returning id),
    logged as (
      insert into opsdeck_jobs.action_log (at, actor, action, subject, after)
      values (${at}::timestamptz, ${accepted.actor}, 'retention_accepted', ${`retention_policy:${policy.name}`},
              ${JSON.stringify({ rows: accepted.rows, policy_hash: hash, run_id: accepted.runId })}::jsonb))
    select id::text from accepted`.execute(trx);
  return rows[0]?.id ?? '';
}

/**
 * Records what is accepted before a run has found it, with its entry in the action log and the mail to the person who is named.
 *
 * @returns what whoever typed it reads about that mail; null: nobody is named.
 * @throws OperatorError exit 2: `unknown_actor`, `archived_actor`.
 */
export async function acceptAhead(
  trx: Transaction<Database>,
  policy: { readonly name: string; readonly hash: string; readonly table: string },
  accepted: {
    readonly rows: number;
    readonly until: Day;
    readonly reason: string | null;
    readonly author: Author;
    readonly now: Date;
  },
): Promise<string | null> {
  const { rows, until, reason, author } = accepted;
  const decider = await findDecider(trx, author.actor);
  const at = accepted.now.toISOString();
  const after = { rows, until, policy_hash: policy.hash, entered_by: author.enteredBy };
  await sql`
    with accepted as (
      insert into opsdeck_jobs.retention_acceptance (policy, policy_hash, accepted, until, accepted_at)
      values (${policy.name}, ${policy.hash}, ${rows}::bigint, ${until}::date, ${at}::timestamptz))
    insert into opsdeck_jobs.action_log (at, actor, action, subject, after, note)
    values (${at}::timestamptz, ${author.actor}, 'retention_accepted_ahead', ${`retention_policy:${policy.name}`},
            ${JSON.stringify(after)}::jsonb, ${reason})`.execute(trx);
  const what = `at most ${count(rows, 'row')} of ${policy.table} were accepted for the policy ${policy.name} through ${until}`;
  return reportDecision(trx, decider, author, { what, reason });
}

/** Rows were taken under an acceptance. Never more than were accepted: a check of the table sees to that. */
export async function drawAcceptance(trx: Kysely<Database>, id: string, rows: number): Promise<void> {
  await sql`update opsdeck_jobs.retention_acceptance set used = used + ${rows}::bigint where id = ${id}::bigint`.execute(
    trx,
  );
}

/** The policy came to its end: what is left of the acceptance is for no other day, unless it was accepted in advance. */
export async function closeAcceptance(trx: Kysely<Database>, id: string): Promise<void> {
  await sql`update opsdeck_jobs.retention_acceptance set used = accepted where id = ${id}::bigint and until is null`.execute(
    trx,
  );
}

/** Where the last run stopped, and the policies in the order in which they were worked on, longest ago first. */
export interface ProgressState {
  readonly policy: string;
  readonly policy_hash: string;
  readonly last_key: string | null;
  readonly worked_at: Date;
}

export async function readProgress(db: Kysely<Database>): Promise<ReadonlyMap<string, ProgressState>> {
  const { rows } = await sql<ProgressState>`
    select policy, policy_hash, last_key, worked_at from opsdeck_jobs.retention_progress order by worked_at`.execute(
    db,
  );
  return new Map(rows.map((one) => [one.policy, one]));
}

export async function recordProgress(
  trx: Kysely<Database>,
  { policy, hash }: Target,
  lastKey: string | null,
  now: Date,
): Promise<void> {
  await sql`
    insert into opsdeck_jobs.retention_progress (policy, policy_hash, last_key, worked_at)
    values (${policy.name}, ${hash}, ${lastKey}, ${now.toISOString()}::timestamptz)
    on conflict (policy) do update set policy_hash = excluded.policy_hash, last_key = excluded.last_key,
                                       worked_at = excluded.worked_at`.execute(trx);
}
