import { type Kysely, sql } from 'kysely';
import { connectDatabase } from '../db/connect.ts';
import type { DatabaseOfRun, OpenDatabase } from '../db/database.ts';
import { type Patience, patiently } from '../db/driver/patiently.ts';
import type { Database } from '../db/tables.ts';
import { usage } from '../errors/usage.ts';
import type { RunEnvironment } from './run-environment.ts';
import type { StartedRun } from './started-run.ts';

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
  environment: Pick<RunEnvironment, 'config' | 'stop' | 'database'>,
  run: Pick<StartedRun, 'definition' | 'runId' | 'dryRun'>,
  patience: Patience,
): Promise<OwnDatabase | undefined> {
  const { config, stop, database } = environment;
  const { name } = run.definition;
  const url = config.jobs[name]?.databaseUrl;
  if (url === undefined) return undefined;
  const connect = () =>
    connectDatabase(
      { kind: 'postgres', url },
      { applicationName: `opsdeck-jobs ${name}`, waitMs: 0, signal: stop },
    );
  const own = await patiently(connect, patience, stop);
  try {
    await requireSame(own, name, await markOf(database, run));
    return { scope: own.forRun({ patience }), close: () => own.close() };
  } catch (error) {
    await own.close();
    throw error;
  }
}

/** What a database is recognised by. */
export type DatabaseMark = { readonly label: string } & (
  | { readonly runId: string }
  | { readonly installedAt: string }
);

/** The row of a run is in one database only: in a copy of it there is none. A dry run has no row. */
export async function markOf(
  { db, label }: Pick<OpenDatabase, 'db' | 'label'>,
  { runId, dryRun }: Pick<StartedRun, 'runId' | 'dryRun'>,
): Promise<DatabaseMark> {
  return dryRun ? { label, installedAt: await installedAt(db) } : { label, runId };
}

/** @throws OperatorError `another_database`, exit 2. */
export async function requireSame(
  own: Pick<OpenDatabase, 'db' | 'label'>,
  job: string,
  mark: DatabaseMark,
): Promise<void> {
  const same =
    'runId' in mark ? await hasRun(own.db, mark.runId) : (await installedAt(own.db)) === mark.installedAt;
  if (same) return;
  throw usage(
    `The database URL of ${job} leads to ${own.label}, and that is another database than ${mark.label}.`,
    'It must lead to the same database, as another role.',
    'another_database',
  );
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
