import { type Kysely, sql } from 'kysely';
import { identityAllowsSending } from '../../db/identity.ts';
import type { Database } from '../../db/tables.ts';
import type { JsonObject } from '../../text/json.ts';
import type { Channel } from '../channels/names.ts';
import { fewIds } from './few-ids.sql.ts';
import { sendingAllowed } from './sending.ts';

/** A message that is ours to send until its lease ends. */
export interface ClaimedMessage {
  readonly id: string;
  readonly communication_id: number;
  readonly origin: 'job' | 'opsdeck';
  /** null: OpsDeck queued it. */
  readonly job: string | null;
  readonly run_id: string | null;
  readonly event_code: string;
  readonly channel: Channel;
  readonly destination: string;
  readonly context: JsonObject;
  readonly due_at: Date;
  /** This one included. */
  readonly attempts: number;
  readonly failures: number;
  readonly possible_repeat: boolean;
  /** How often the other side has asked to wait. */
  readonly waits: number;
  /** When its recipient was put off for the first time. */
  readonly refused_since: Date | null;
}

/** A message that may be claimed. */
export interface PlannedMessage {
  readonly id: string;
  readonly channel: Channel;
  readonly destination: string;
}

export interface PlanOptions {
  readonly now: Date;
  readonly channels: readonly Channel[];
  /** Only what this run queued; null: everything. */
  readonly runId: string | null;
}

/** How long a claim holds without being renewed, by the database's clock. */
const leaseSeconds = 120;
/** The oldest so many are looked at for a fair choice. */
const window = 5000;

/**
 * Due messages in the order in which they are to be sent: the longest due first and fair across destinations: each gives its
 * oldest before any gives its second. One statement, which claims nothing: others may be faster. Destinations that are paused
 * are passed over; what goes to one that is switched off is there, to fail with the reason. Nothing while sending is stopped.
 */
export async function planMessages(
  db: Kysely<Database>,
  { now, channels, runId }: PlanOptions,
): Promise<readonly PlannedMessage[]> {
  const { rows } = await sql<PlannedMessage>`
    with oldest as (
      select m.id, m.channel, m.destination, m.due_at
        from opsdeck_jobs.message m
        left join opsdeck_jobs.destination d on d.key = m.breaker_key
       where exists (select from opsdeck_jobs.sending where stopped_at is null and ${identityAllowsSending})
         and m.waits_for = 'sender' and m.state = 'queued' and m.channel = any (${channels}::text[])
         and (m.next_attempt_at is null or m.next_attempt_at <= ${now}::timestamptz)
         and (${runId}::uuid is null or m.run_id = ${runId}::uuid)
         and (d.switched_off_at is not null or d.paused_until is null or d.paused_until <= ${now}::timestamptz)
       order by m.due_at, m.id
       limit ${window}::integer
    ), turns as (
      select *, row_number() over (partition by channel, destination order by due_at, id) as turn from oldest
    )
    select id, channel, destination from turns order by turn, due_at, id`.execute(db);
  return rows;
}

/**
 * Claims those of the messages that nobody else has claimed, in the order given. One statement, committed before anything is
 * sent; any number of senders may claim at once (`skip locked`). None of them while sending is stopped.
 */
export async function claimMessages(
  db: Kysely<Database>,
  owner: string,
  ids: readonly string[],
): Promise<readonly ClaimedMessage[]> {
  const { rows } = await sql<ClaimedMessage>`
    with allowed as (${sendingAllowed}),
    chosen as (
      select m.id from opsdeck_jobs.message m
       where m.id = any (${fewIds(ids)}) and m.state = 'queued' and exists (select from allowed)
       order by m.id
         for update skip locked
    )
    update opsdeck_jobs.message m
       set state = 'sending', attempts = m.attempts + 1, begun_at = null, lease_owner = ${owner}::uuid,
           lease_until = now() + make_interval(secs => ${leaseSeconds}::integer)
     where m.id = any (array(select id from chosen))
    returning m.id, m.communication_id, m.origin, m.job, m.run_id, m.event_code, m.channel, m.destination, m.context, m.due_at,
              m.attempts, m.failures, m.possible_repeat, m.waits, m.refused_since`.execute(db);
  const order = new Map(ids.map((id, at) => [id, at]));
  return rows.toSorted((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
}

/** Prolongs the lease of all that the sender has in hand. */
export async function renewLease(db: Kysely<Database>, owner: string): Promise<void> {
  await sql`
    with ours as (
      select id from opsdeck_jobs.message
       where waits_for = 'sender' and state = 'sending' and lease_owner = ${owner}::uuid
       order by id for update
    )
    update opsdeck_jobs.message m set lease_until = now() + make_interval(secs => ${leaseSeconds}::integer)
      from ours where m.id = ours.id`.execute(db);
}

/** What is about to be sent; answers which of them are still ours and may be sent. One statement, which also prolongs their lease. */
export async function markBegun(
  db: Kysely<Database>,
  owner: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`
    with allowed as (${sendingAllowed}),
    ours as (
      select id from opsdeck_jobs.message
       where id = any (${fewIds(ids)}) and state = 'sending' and lease_owner = ${owner}::uuid
         and exists (select from allowed)
       order by id for update
    )
    update opsdeck_jobs.message m
       set begun_at = now(), lease_until = now() + make_interval(secs => ${leaseSeconds}::integer)
     where m.id = any (array(select id from ours))
    returning m.id`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/** Gives back what was claimed and not begun: as if it had not been claimed. */
export async function giveBack(db: Kysely<Database>, owner: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    update opsdeck_jobs.message
       set state = 'queued', attempts = attempts - 1, begun_at = null, lease_owner = null, lease_until = null
     where id = any (${fewIds(ids)}) and state = 'sending' and lease_owner = ${owner}::uuid`.execute(db);
}
