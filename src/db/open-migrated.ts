import { type Kysely, sql } from 'kysely';
import type { DatabaseConfig } from '../config/config.ts';
import { version } from '../service/version.ts';
import { type Clock, monotonicClock } from '../time/clock.ts';
import { cancelOnStop } from './cancel-on-stop.ts';
import { type ConnectedDatabase, type ConnectOptions, connectDatabase } from './connect.ts';
import { copyInto } from './copy-into.ts';
import type { OpenDatabase } from './database.ts';
import { checkIdentity, storeFirstIdentity } from './identity.ts';
import {
  applyMigrations,
  type MigrationState,
  migrationState,
  notMigrated,
  readMigrationState,
  refuseOther,
} from './migrator.ts';
import { readSession, refuseHiddenTables, type SessionFacts } from './session-checks.ts';
import { longStatementMs } from './statement-limits.ts';
import type { Database } from './tables.ts';

export interface OpenOptions extends ConnectOptions {
  /** Overrides the zone found on a fresh connection. */
  readonly storedTimezone: string | undefined;
  /** Default: the database's time, carried on by the process's monotonic timer. */
  readonly clock?: Clock;
}

/**
 * Opens a database that is ready for work. The embedded one migrates itself; a PostgreSQL one is migrated by `migrate`
 * alone, and anything else refuses with `not_migrated`.
 */
export async function openDatabase(config: DatabaseConfig, options: OpenOptions): Promise<OpenDatabase> {
  const connected = await connectDatabase(config, options);
  const leaveToCaller = cancelOnStop(connected, options.signal);
  try {
    return await openConnected(connected, options);
  } catch (error) {
    await connected.close();
    throw error;
  } finally {
    leaveToCaller();
  }
}

/** Checks a connected database's migrations and turns it into an open one. */
export async function openConnected(
  connected: ConnectedDatabase,
  options: Pick<OpenOptions, 'storedTimezone' | 'clock'>,
): Promise<OpenDatabase> {
  const { db, kind, label } = connected;
  const session = await readSession(db, label);
  const state =
    kind === 'embedded'
      ? await migrateEmbedded(connected, session)
      : await migrationState(db, session.hasMigrations, session.hasIdentity);
  refuseOther(state, label);
  if (state.pending.length > 0 || state.mode === null) throw notMigrated(label);
  if (kind === 'postgres') refuseHiddenTables(session, label);
  return {
    db,
    kind,
    label,
    mode: state.mode,
    identity: await checkIdentity(connected, state.identities, session),
    storedZone: options.storedTimezone ?? session.zone,
    ...clockFrom(session.now, options.clock),
    forRun: (options) => connected.forRun(options),
    control: connected.control,
    ...(connected.lend === undefined ? {} : { lend: connected.lend }),
    ...(connected.folder === undefined ? {} : { folder: connected.folder }),
    copyInto,
    cancelStatements: () => connected.cancelStatements(),
    closed: connected.closed,
    close: () => connected.close(),
  };
}

function clockFrom(now: Date, given: Clock | undefined): Pick<OpenDatabase, 'clock' | 'syncClock'> {
  if (given !== undefined) return { clock: given, syncClock: () => undefined };
  const clock = monotonicClock(now);
  return { clock, syncClock: clock.sync };
}

/** The embedded database migrates itself; and whoever gains it knows that nobody else is running anything in it. */
async function migrateEmbedded(
  connected: ConnectedDatabase,
  { hasMigrations, hasIdentity }: SessionFacts,
): Promise<MigrationState> {
  const { db, label, forRun } = connected;
  const state = await migrationState(db, hasMigrations, hasIdentity);
  refuseOther(state, label);
  if (state.pending.length > 0) {
    await applyMigrations(forRun({ statementLimitMs: longStatementMs }).db, version, label);
    await storeFirstIdentity(connected);
  }
  await endAbandoned(db);
  return state.pending.length > 0 ? readMigrationState(db) : state;
}

async function endAbandoned(db: Kysely<Database>): Promise<void> {
  // Asked first: an update of no row costs a tenth of a second in a fresh process, for its triggers.
  const { rows } = await sql`select from opsdeck_jobs.job_run where status = 'running' limit 1`.execute(db);
  if (rows.length === 0) return;
  // A clock that was ahead when the run began, and is right now, must not keep the folder from being opened.
  await sql`
    update opsdeck_jobs.job_run
       set status = 'interrupted', reason = 'runner_gone', finished_at = greatest(now(), started_at),
           duration_ms = least(extract(epoch from greatest(now(), started_at) - started_at) * 1000, 2147483647)::int,
           error_code = 'interrupted', error_message = 'The process that ran it ended without recording a result.'
     where status = 'running'`.execute(db);
}
