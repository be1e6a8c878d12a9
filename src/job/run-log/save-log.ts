import { type Kysely, sql } from 'kysely';
import type { LogRecord } from '../../db/tables/runs.ts';
import type { Database } from '../../db/tables.ts';
import { storableJson } from '../../text/storable.ts';

/** Stores the last records of a run instead of those that are there. One that comes late changes nothing; so does one whose run was pruned. */
export async function saveLog(
  db: Kysely<Database>,
  runId: string,
  { logged, records }: { readonly logged: number; readonly records: readonly LogRecord[] },
): Promise<void> {
  await sql`
    insert into opsdeck_jobs.run_log as l (run_id, records, logged)
    select r.id, ${storableJson(records)}::text::jsonb, ${logged}::bigint
      from opsdeck_jobs.job_run r where r.id = ${runId}::uuid and not r.short
    on conflict (run_id) do update set records = excluded.records, logged = excluded.logged
     where excluded.logged > l.logged`.execute(db);
}
