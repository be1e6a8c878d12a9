import type { ConnectedDatabase } from '../../db/connect.ts';
import type { DatabaseMode } from '../../db/database.ts';
import { confirmIdentity, storeFirstIdentity } from '../../db/identity.ts';
import { applyMigrations, type MigrationOutcome } from '../../db/migrator.ts';
import { openConnected } from '../../db/open-migrated.ts';
import { registerJobs } from '../../job/register-jobs.ts';
import { version } from '../../service/version.ts';
import type { Io } from '../io.ts';
import type { Configuration } from '../load-configuration.ts';
import { writeLine } from '../render/line.ts';

/**
 * What `migrate` and `setup` have in common: the steps, the identity of the database, and the schedules of the jobs.
 *
 * @param actor who confirms the database; null: it is not confirmed.
 */
export async function bringUpDatabase(
  io: Io,
  connected: ConnectedDatabase,
  { config, secrets, jobs }: Configuration,
  actor: string | null,
): Promise<{ readonly outcome: MigrationOutcome; readonly confirmed: boolean | null }> {
  const outcome = await applyMigrations(connected.db, version, connected.label);
  await storeFirstIdentity(connected);
  const confirmed = actor === null ? null : await confirmIdentity(connected, actor);
  const database = await openConnected(connected, { storedTimezone: config.storedTimezone });
  if (database.identity.kind !== 'known') writeLine(io.stderr, secrets.scrub(database.identity.warning));
  for (const change of await registerJobs(database, config, jobs)) {
    writeLine(io.stderr, secrets.scrub(change));
  }
  return { outcome, confirmed };
}

/** What was done, a line each. */
export function outcomeSentences(outcome: MigrationOutcome): readonly string[] {
  if (outcome.applied.length === 0) return ['Nothing to do: the database is at the version of this program.'];
  return [
    ...outcome.applied.map((step) =>
      outcome.passedOver.includes(step)
        ? `${step.name}  passed over: OpsDeck owns its tables`
        : `${step.name}  ${step.title}`,
    ),
    modeSentence(outcome.mode),
    ...(outcome.mode === 'attached'
      ? ['Every job starts disabled. See what they would do: opsdeck-jobs preview']
      : []),
  ];
}

export function modeSentence(mode: DatabaseMode): string {
  return mode === 'attached'
    ? 'Attached: a running OpsDeck owns the tables in schema public; ours are in opsdeck_jobs.'
    : "Standalone: OpsDeck's tables are ours, in schema public.";
}
