import { type Kysely, sql } from 'kysely';
import type { Database } from '../../db/tables.ts';
import type { Zones } from '../../time/zones.ts';

/** What of our messages is due and would be sent as soon as sending is resumed, and what waits for a decision. */
export interface WaitingMessages {
  readonly messages: number;
  /** Different recipients of mails. */
  readonly people: number;
  /** Different shared destinations. */
  readonly shared: number;
  /** Since when the oldest is due; null: there is none. */
  readonly oldest: Date | null;
  readonly onHold: number;
}

/** One statement. */
export async function readWaitingMessages(db: Kysely<Database>, now: Date): Promise<WaitingMessages> {
  const { rows } = await sql<WaitingMessages>`
    with waiting as (
      select channel, destination, due_at from opsdeck_jobs.message
       where waits_for = 'sender' and due_at <= ${now}::timestamptz)
    select count(*)::integer as messages,
           count(distinct destination) filter (where channel = 'email')::integer as people,
           count(distinct (channel, destination)) filter (where channel <> 'email')::integer as shared,
           min(due_at) as oldest,
           (select count(*)::integer from opsdeck_jobs.message where waits_for = 'operator' and state = 'held') as "onHold"
      from waiting`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('a count returned no row');
  return row;
}

/** What OpsDeck has queued, is due and is not ours yet. */
export interface OpsdeckQueue {
  readonly due: number;
  /** Of them, due since before `oldest`. */
  readonly old: number;
}

/** One statement. */
export async function readOpsdeckQueue(
  db: Kysely<Database>,
  { now, zones, maxAgeMs }: { readonly now: Date; readonly zones: Zones; readonly maxAgeMs: number },
): Promise<OpsdeckQueue> {
  const oldest = new Date(now.getTime() - maxAgeMs);
  const { rows } = await sql<OpsdeckQueue>`
    select count(*)::integer as due,
           count(*) filter (
             where greatest(c.scheduled_date::timestamp at time zone ${zones.business}::text,
                            c.created_at at time zone ${zones.stored}::text) < ${oldest}::timestamptz)::integer as old
      from scheduled_communication c
     where c.status = 'pending'
       and c.scheduled_date <= (${now}::timestamptz at time zone ${zones.business}::text)::date
       and (c.next_retry_at is null or c.next_retry_at <= ${now}::timestamptz at time zone ${zones.stored}::text)`.execute(
    db,
  );
  return rows[0] ?? { due: 0, old: 0 };
}
