import { sql } from 'kysely';
import { runSettings } from '../config/run-settings.ts';
import type { OpenDatabase } from '../db/database.ts';
import { isAway } from '../db/errors.ts';
import type { RunEnvironment } from './run-environment.ts';
import type { StartedRun } from './started-run.ts';

/** Databases whose log has the warning already. */
const warned = new WeakSet<OpenDatabase>();

/**
 * Records what the run is configured with: the settings once for each hash, and the hash with the run. One statement. Never throws: a
 * run does not fail for it, and the log says once what was in the way.
 */
export async function keepSettings(
  { config, database, secrets, logger }: RunEnvironment,
  { runId, definition }: Pick<StartedRun, 'runId' | 'definition'>,
): Promise<void> {
  const { hash, content } = runSettings(config, definition, (text) => secrets.scrub(text));
  try {
    // `on conflict` alone would use up a number for each run.
    await sql`
      with kept as (
        insert into opsdeck_jobs.run_settings (hash, content, created_at)
        select ${hash}::text, ${JSON.stringify(content)}::text::jsonb, ${database.clock.now()}::timestamptz
         where not exists (select from opsdeck_jobs.run_settings where hash = ${hash}::text)
        on conflict do nothing)
      update opsdeck_jobs.job_run set settings_hash = ${hash} where id = ${runId}::uuid`.execute(
      database.control,
    );
  } catch (error) {
    // The run meets an absent database itself, and says so.
    if (isAway(error) || warned.has(database)) return;
    warned.add(database);
    const clean = secrets.scrubError(error);
    logger.warn(
      { 'event.action': 'run.settings', 'event.outcome': 'failure', err: clean },
      `the settings of runs could not be recorded, so report changes does not show them: ${clean.message}`,
    );
  }
}
