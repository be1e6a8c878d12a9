import { sql, type Transaction } from 'kysely';
import type { OpenDatabase } from '../db/database.ts';
import type { Database } from '../db/tables.ts';
import type { JsonObject } from '../text/json.ts';

/** What one import works with. */
export interface ImportContext {
  readonly database: OpenDatabase;
  /** Do everything, then roll it back. */
  readonly dryRun: boolean;
  /** Who imports, for the action log: `os:user@host`. */
  readonly actor: string;
  /** Ends the import; nothing is written then. */
  readonly signal: AbortSignal;
}

/** Rolls a dry run back and carries its report out of the transaction. */
class DryRunDone<T> extends Error {
  readonly result: T;

  constructor(result: T) {
    super('dry run');
    this.result = result;
  }
}

/** Runs the whole import in one transaction, which a dry run rolls back at its end, and being stopped at once. */
export async function inImportTransaction<T>(
  { database, dryRun, signal }: ImportContext,
  work: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  let dry: DryRunDone<T> | undefined;
  // A statement that cannot be cancelled ends by itself; whoever stops a second time ends the process.
  const cancel = () => void database.cancelStatements().catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await database.db.transaction().execute(async (trx) => {
      const result = await work(trx);
      if (!dryRun) return result;
      dry = new DryRunDone(result);
      throw dry;
    });
  } catch (error) {
    if (dry !== undefined && error === dry) return dry.result;
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** A number that no other advisory lock of ours uses. */
const importLock = 7_203_411_001;

/**
 * One import writes at a time: OpsDeck has no unique constraint on controls, rules, links or executions, and two imports of
 * one file at once would each add what the other has not committed yet. Taken after the file is staged, released by the end
 * of the transaction (so that it works behind PgBouncer), and it keeps nobody but other imports waiting.
 */
export async function lockImports(trx: Transaction<Database>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${importLock}::bigint)`.execute(trx);
}

/** `now` for OpsDeck's `timestamp without time zone` columns: wall clock in the stored zone. */
export function storedNow({ database }: ImportContext) {
  return sql<string>`(${database.clock.now()}::timestamptz at time zone ${database.storedZone})`;
}

/** Keeps who imported what. An import that changed nothing leaves no trace. */
export async function recordImport(
  trx: Transaction<Database>,
  { database, actor }: ImportContext,
  what: { readonly kind: string; readonly subject: string; readonly after: JsonObject },
): Promise<void> {
  await sql`
    insert into opsdeck_jobs.action_log (at, actor, action, subject, after)
    values (${database.clock.now()}::timestamptz, ${actor}, ${`import.${what.kind}`}, ${what.subject},
            ${JSON.stringify(what.after)}::text::jsonb)`.execute(trx);
}
