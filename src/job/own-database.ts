import { type Kysely, sql } from 'kysely';
import { connectDatabase } from '../db/connect.ts';
import { type Patience, patiently } from '../db/driver/patiently.ts';
import type { DatabaseOfRun } from '../db/open-database.ts';
import type { Database } from '../db/tables.ts';
import { OperatorError } from '../errors.ts';
import { ExitCode } from '../exit-code.ts';
import type { StartedRun } from './perform.ts';
import type { RunEnvironment } from './run-environment.ts';

/** The database as a job's own role sees it. */
export interface OwnDatabase {
  readonly scope: DatabaseOfRun;
  close(): Promise<void>;
}

/**
 * Where a job has a database URL of its own: connects there, and makes sure that it is the same database. undefined: it has none,
 * and uses the connections of everybody.
 *
 * @throws OperatorError `another_database`, exit 2, and what cannot be reached.
 */
export async function openOwnDatabase(
  { database, config, stop }: RunEnvironment,
  { definition, runId, dryRun }: Pick<StartedRun, 'definition' | 'runId' | 'dryRun'>,
  patience: Patience,
): Promise<OwnDatabase | undefined> {
  const url = config.jobs[definition.name]?.databaseUrl;
  if (url === undefined) return undefined;
  const connect = () =>
    connectDatabase(
      { kind: 'postgres', url },
      { applicationName: `opsdeck-jobs ${definition.name}`, waitMs: 0, signal: stop },
    );
  const own = await patiently(connect, patience, stop);
  try {
    // The row of this run is in one database only: in a copy of it there is none.
    const same = dryRun
      ? (await installedAt(own.db)) === (await installedAt(database.db))
      : await hasRun(own.db, runId);
    if (!same)
      throw new OperatorError({
        code: 'another_database',
        message: `The database URL of ${definition.name} leads to ${own.label}, and that is another database than ${database.label}.`,
        next: 'It must lead to the same database, as another role.',
        exitCode: ExitCode.usage,
      });
    return { scope: own.forRun(patience), close: () => own.close() };
  } catch (error) {
    await own.close();
    throw error;
  }
}

async function installedAt(db: Kysely<Database>): Promise<string> {
  const { rows } = await sql<{ at: string | null }>`
    select extract(epoch from created_at)::text as at from opsdeck_jobs.installation`.execute(db);
  return rows[0]?.at ?? '';
}

async function hasRun(db: Kysely<Database>, runId: string): Promise<boolean> {
  const { rows } = await sql`select from opsdeck_jobs.job_run where id = ${runId}::uuid`.execute(db);
  return rows.length > 0;
}
