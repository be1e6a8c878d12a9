import { type Kysely, sql } from 'kysely';
import type { MessageState } from '../../db/tables/messages.ts';
import type { Database } from '../../db/tables.ts';
import type { Channel } from '../channels/names.ts';

/** Messages of a run that were not sent. */
export interface LeftMessages {
  readonly channel: Channel;
  readonly state: MessageState;
  readonly count: number;
  /** The last thing that was said of one of them. */
  readonly reason: string | null;
}

/** What of a run's messages is neither sent nor cancelled, by channel and state. One statement. */
export async function leftOfRun(db: Kysely<Database>, runId: string): Promise<readonly LeftMessages[]> {
  const { rows } = await sql<LeftMessages>`
    select channel, state, count(*)::integer as count, max(last_reason) as reason from opsdeck_jobs.message
     where run_id = ${runId}::uuid and state not in ('sent', 'cancelled')
     group by channel, state order by channel, state`.execute(db);
  return rows;
}
