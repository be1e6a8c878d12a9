import { sql, type Transaction } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { Author } from '../decisions/author.ts';
import type { JsonObject } from '../text/json.ts';
import type { RecordKind } from './record-kind.ts';

/** The row in the action log, in the transaction of the change itself. */
export async function logRecordChange(
  trx: Transaction<Database>,
  change: {
    readonly action: 'rename' | 'enable' | 'disable' | 'remove';
    readonly kind: RecordKind;
    readonly id: number;
    readonly author: Author;
    readonly note: string | null;
    readonly now: Date;
    readonly before: JsonObject;
    readonly after: JsonObject;
  },
): Promise<void> {
  const { action, kind, id, author, note, now, before, after } = change;
  await sql`
    insert into opsdeck_jobs.action_log (at, actor, action, subject, before, after, note)
    values (${now}::timestamptz, ${author.actor}, ${`record.${action}`}, ${`${kind.name}:${id}`}, ${JSON.stringify(before)}::text::jsonb,
            ${JSON.stringify({ ...after, entered_by: author.enteredBy })}::text::jsonb, ${note})`.execute(
    trx,
  );
}
