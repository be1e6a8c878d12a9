import { sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { JsonObject } from '../../../src/text/json.ts';

/** What a person did to one row, as OpsDeck's own pages journal it. */
export interface JournalEntry {
  /** The class of OpsDeck's that the row belongs to. */
  readonly entity: 'UARFinding' | 'UARExecution';
  readonly id: number;
  /** By field: `{ old, new }`. */
  readonly changes: JsonObject;
}

export interface JournalAuthor {
  readonly userId: number | null;
  readonly email: string;
  readonly at: Date;
  readonly storedZone: string;
}

/**
 * Writes into OpsDeck's journal, marked as processed, so that no event rule mails it. Two statements for any number of entries:
 * OpsDeck 0.6.10 has no event rules yet, and no column for the mark.
 */
export async function writeJournal(
  trx: Transaction<Database>,
  { userId, email, at, storedZone }: JournalAuthor,
  entries: readonly JournalEntry[],
): Promise<void> {
  const { rows } = await sql<{ marked: boolean }>`
    select exists (select from pg_attribute
                    where attrelid = 'public.audit_log'::regclass and attname = 'event_processed' and not attisdropped) as marked`.execute(
    trx,
  );
  const marked = rows[0]?.marked === true;
  await sql`
    insert into public.audit_log ("timestamp", user_id, user_email, action, entity_type, entity_id, entity_repr, changes
                                  ${marked ? sql`, event_processed` : sql``})
    select ${at}::timestamptz at time zone ${storedZone}, ${userId}::integer, left(${email}, 255), 'update',
           entity, id, entity || '#' || id, changes::text ${marked ? sql`, true` : sql``}
      from json_to_recordset(${JSON.stringify(entries)}::json) as e (entity text, id integer, changes json)
     order by id`.execute(trx);
}
