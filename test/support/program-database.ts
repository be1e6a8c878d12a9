import { sql } from 'kysely';
import type { DatabaseConfig } from '../../src/config/config.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/open-migrated.ts';
import { fillManyControls } from './many-controls.ts';

/** The environment that leads the program to a database of the harness. */
export function environmentFor(config: DatabaseConfig): Record<string, string> {
  const where =
    config.kind === 'postgres' ? { DATABASE_URL: config.url } : { OPSDECK_JOBS_DATA_DIR: config.dataDir };
  return { ...where, TIMEZONE: 'Europe/Madrid' };
}

/** Opens the database between two processes of the program, which must not hold it then, and closes it again. */
export async function visit<T>(
  config: DatabaseConfig,
  work: (database: OpenDatabase, runSql: (statement: string) => Promise<unknown>) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(config, {
    applicationName: 'opsdeck-jobs tests',
    waitMs: 0,
    storedTimezone: undefined,
  });
  try {
    return await work(database, (statement) => sql.raw(statement).execute(database.db));
  } finally {
    await database.close();
  }
}

/** The company of many controls in a database that nobody has opened yet. */
export async function fillCompany(config: DatabaseConfig, controls: number): Promise<void> {
  await visit(config, (_database, runSql) => fillManyControls(runSql, controls));
}
