import { type Kysely, sql } from 'kysely';
import type { Database } from '../../db/tables.ts';
import type { StoredMessage } from './stored-messages.ts';

/** What was decided about a message. */
export interface MessageDecisionRow {
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  /** The state that it had. */
  readonly before: string;
}

/** The decisions about a message, oldest first. One statement. */
export async function readDecisions(
  db: Kysely<Database>,
  { id, communication_id }: Pick<StoredMessage, 'id' | 'communication_id'>,
): Promise<readonly MessageDecisionRow[]> {
  const subjects = [`message:${communication_id}`, ...(id === null ? [] : [`message:${id}`])];
  const { rows } = await sql<MessageDecisionRow>`
    select at, actor, action, coalesce(before->>'state', '') as before from opsdeck_jobs.action_log
     where subject = any (${subjects}::text[]) order by at, id`.execute(db);
  return rows;
}
