import { type Kysely, sql } from 'kysely';
import type { Database } from '../../db/tables.ts';
import type { JobDefinition } from '../../job/define-job.ts';
import type { PlannedRows } from '../../job/planned-rows.ts';
import type { RunOutcome } from '../../job/run-outcome.ts';

/** What a run would write into OpsDeck's tables: the rows of the job, its messages, and the events and templates that these lack. At most one statement. */
export async function readPlannedRows(
  db: Kysely<Database>,
  definition: JobDefinition,
  { result, messages }: Pick<RunOutcome, 'result' | 'messages'>,
): Promise<readonly PlannedRows[]> {
  const own = result === null ? [] : (definition.plannedRows?.(result) ?? []);
  return [...own, ...(await ofMessages(db, messages))].filter(
    ({ rows, table }) => rows > 0 || table === 'security_incident',
  );
}

async function ofMessages(
  db: Kysely<Database>,
  messages: RunOutcome['messages'],
): Promise<readonly PlannedRows[]> {
  if (messages.length === 0) return [];
  const events = [...new Set(messages.flatMap(({ draft }) => draft?.eventCode ?? []))];
  const templates = [...new Set(messages.map(({ template }) => template))];
  const { rows } = await sql<{ events: number; templates: number }>`
    select (select count(*)::int from unnest(${events}::text[]) w (code)
             where not exists (select from notification_event e where e.event_code = w.code)) as events,
           (select count(*)::int from unnest(${templates}::text[]) w (name)
             where not exists (select from email_template t where t.name = w.name)) as templates`.execute(db);
  const written = (table: string, amount: number): PlannedRows => ({ table, rows: amount, change: 'write' });
  return [
    written('scheduled_communication', messages.length),
    written('notification_event', rows[0]?.events ?? 0),
    written('email_template', rows[0]?.templates ?? 0),
  ];
}
