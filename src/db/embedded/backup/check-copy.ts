import { sql } from 'kysely';
import { ExitCode } from '../../../errors/exit-code.ts';
import { OperatorError } from '../../../errors/operator-error.ts';
import { type ConnectedDatabase, connectFiles } from '../../connect.ts';
import { readMigrationState, refuseOther } from '../../migrator.ts';
import { pgDataOf } from '../data-folder.ts';
import { fromThread } from '../place-error.ts';

/** What a copy of a database holds. */
export interface CopyFacts {
  readonly tables: number;
  readonly rows: number;
}

/** What ends work on a copy. */
export interface CopyLimits {
  readonly signal: AbortSignal;
  /** Of each statement. */
  readonly statementLimitMs: number;
}

/** Does work on the database of a copy that nobody else has. */
export async function withCopy<T>(
  work: string,
  label: string,
  limits: CopyLimits,
  use: (database: ConnectedDatabase) => Promise<T>,
): Promise<T> {
  const { signal } = limits;
  const database = await open(work, label, limits);
  const stop = () => void database.cancelStatements();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await use(database);
  } finally {
    signal.removeEventListener('abort', stop);
    await database.close();
  }
}

/** A full disk or a limit of this process keeps a copy from being opened as it does any other database. */
async function open(work: string, label: string, limits: CopyLimits): Promise<ConnectedDatabase> {
  try {
    return await connectFiles(pgDataOf(work), label, limits);
  } catch (error) {
    limits.signal.throwIfAborted();
    throw fromThread(error, { label, folder: work });
  }
}

/**
 * Opens a copy and reads every row of it; PostgreSQL checks the checksum of each page that it reads.
 *
 * @throws OperatorError `backup_damaged`, `database_newer` (exit 2).
 */
export async function checkCopy(work: string, file: string, limits: CopyLimits): Promise<CopyFacts> {
  try {
    return await withCopy(work, `backup ${file}`, limits, async (database) => {
      const state = await readMigrationState(database.db);
      refuseOther(state, `The backup ${file}`);
      if (state.mode === null) throw new Error('it was never migrated');
      return readAll(database);
    });
  } catch (error) {
    limits.signal.throwIfAborted();
    if (error instanceof OperatorError && saysNothingOfIt(error)) throw error;
    throw new OperatorError({
      code: 'backup_damaged',
      message: `The database in the backup ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      next: 'Give another backup; nothing was changed.',
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
}

/** Another version, a disk or a time limit: the backup may be whole. */
function saysNothingOfIt({ code, exitCode }: OperatorError): boolean {
  return code === 'database_newer' || exitCode === ExitCode.unavailable;
}

async function readAll({ db }: ConnectedDatabase): Promise<CopyFacts> {
  const { rows: tables } = await sql<{ name: string }>`
    select format('%I.%I', n.nspname, c.relname) as name
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_(toast|temp)'`.execute(
    db,
  );
  let rows = 0;
  let own = 0;
  for (const { name } of tables) {
    // To nowhere, but with all that is stored apart from its row.
    const { numAffectedRows } = await sql`copy ${sql.raw(name)} to '/dev/null'`.execute(db);
    if (name.startsWith('pg_catalog.')) continue;
    own += 1;
    rows += Number(numAffectedRows ?? 0);
  }
  return { tables: own, rows };
}
