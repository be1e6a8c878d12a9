import { sql } from 'kysely';
import { ExitCode } from '../../../errors/exit-code.ts';
import { OperatorError } from '../../../errors/operator-error.ts';
import { type ConnectedDatabase, connectFiles } from '../../connect.ts';
import { readMigrationState, refuseOther } from '../../migrator.ts';
import { pgDataOf } from '../data-folder.ts';

/** What a copy of a database holds. */
export interface CopyFacts {
  readonly tables: number;
  readonly rows: number;
}

/** Does work on the database of a copy that nobody else has. */
export async function withCopy<T>(
  work: string,
  label: string,
  signal: AbortSignal,
  use: (database: ConnectedDatabase) => Promise<T>,
): Promise<T> {
  const database = await connectFiles(pgDataOf(work), label, signal);
  const stop = () => void database.cancelStatements();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await use(database);
  } finally {
    signal.removeEventListener('abort', stop);
    await database.close();
  }
}

/**
 * Opens a copy and reads every row of it; PostgreSQL checks the checksum of each page that it reads.
 *
 * @throws OperatorError `backup_damaged`, `database_newer` (exit 2).
 */
export async function checkCopy(work: string, file: string, signal: AbortSignal): Promise<CopyFacts> {
  try {
    return await withCopy(work, `the backup ${file}`, signal, async (database) => {
      const state = await readMigrationState(database.db);
      refuseOther(state, database.label);
      if (state.mode === null) throw new Error('it was never migrated');
      return readAll(database);
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof OperatorError && error.code === 'database_newer') throw error;
    throw new OperatorError({
      code: 'backup_damaged',
      message: `The database in the backup ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      next: 'Give another backup; nothing was changed.',
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
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
