import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import type { OnRunStep } from '../../../jobs/data-retention/batch/run-step.ts';
import { dataRetention } from '../../../jobs/data-retention/job.ts';
import type { RetentionResult } from '../../../jobs/data-retention/result.ts';
import { retentionSettings } from '../../../jobs/data-retention/settings.ts';
import { jsonObject } from '../../../src/config/file-schema.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import type { RunEnvironment } from '../../../src/job/run-environment.ts';
import { runManually } from '../../../src/job/run-manually.ts';
import type { RunOutcome } from '../../../src/job/run-outcome.ts';
import type { DatabaseHarness } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { testEnvironment } from '../../support/runner.ts';

/** Sunday 1 March 2026, 04:00 in Madrid. */
export const start = '2026-03-01T03:00:00Z';

export type SettingsInput = z.input<typeof retentionSettings>;

export type OwnInput = NonNullable<SettingsInput['policies']>[string];

export interface RetentionRun {
  readonly settings: SettingsInput;
  readonly accept?: string;
  readonly dryRun?: boolean;
  readonly onStep?: OnRunStep;
  readonly environment?: Partial<RunEnvironment>;
}

/** The same database as the role that may delete, for what the job does. */
const asRetention = new WeakMap<OpenDatabase, OpenDatabase>();

/**
 * As the owner of OpsDeck's tables. {@link runRetention} runs the job on it as the role of the manual; `owner`: as the owner, too, for
 * policies of tables that the manual leaves to whoever configures them.
 */
export async function newDatabase(
  harness: DatabaseHarness,
  role: 'retention' | 'owner' = 'retention',
): Promise<OpenDatabase> {
  const clock = fakeClock(start);
  const database = await harness.fresh({ clock, granted: true });
  if (role === 'retention') asRetention.set(database, await harness.asRetention(database, clock));
  return database;
}

/** A folder for archives, removed after the test. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-archive-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** What a test has is not as old as evidence. */
const shortFloor = { days: 1, reason: 'the rows of the tests are young' };

/** One run by hand, as `run-job data-retention`. */
export async function runRetention(database: OpenDatabase, options: RetentionRun): Promise<RunOutcome> {
  const job = dataRetention(options.onStep);
  const settings = jsonObject.parse(
    JSON.parse(
      JSON.stringify(retentionSettings.parse({ pause: '0ms', floor_days: shortFloor, ...options.settings })),
    ),
  );
  const environment = testEnvironment(asRetention.get(database) ?? database, [job], {
    jobConfigs: { 'data-retention': { settings, params: {} } },
    ...options.environment,
  });
  return runManually(environment, {
    definition: job,
    params: options.accept === undefined ? {} : { accept: options.accept },
    dryRun: options.dryRun ?? false,
    timeoutMs: undefined,
    waitMs: 0,
    ignorePause: false,
    allowEmpty: false,
  });
}

const waiting = z.object({ policies: z.array(z.object({ accept: z.string().nullable() })) });

/** Two runs: the first tells what there is to accept, the second is given it. */
export async function acceptAndRun(database: OpenDatabase, options: RetentionRun): Promise<RunOutcome> {
  const { onStep: _, ...first } = options;
  const told = await runRetention(database, first);
  const accepts = waiting.parse(told.result).policies.flatMap(({ accept }) => accept ?? []);
  // Known already, and below the brake: that was the run.
  return accepts.length === 0 ? told : runRetention(database, { ...options, accept: accepts.join(',') });
}

/** The result of the only policy of a run. */
export function policyOf(outcome: RunOutcome): RetentionResult['policies'][number] {
  if (outcome.result === null) throw new Error(`${outcome.status}: ${JSON.stringify(outcome.fault)}`);
  const { policies } = z.object({ policies: z.array(z.looseObject({})) }).parse(outcome.result);
  // The job's own type; what is asserted of it is asserted by the test.
  return z.custom<RetentionResult['policies'][number]>().parse(policies[0]);
}

/** Journal rows 1 to n, the first the oldest, a day apart, the last `youngest` days old; every value that is hard to keep is among them. */
export async function fillJournal(database: OpenDatabase, rows: number, youngest: number): Promise<void> {
  await sql`
    insert into audit_log (timestamp, user_email, ip_address, action, entity_type, entity_id, entity_repr, changes, event_processed)
    select timestamptz '2026-03-01 03:00Z'::timestamp - make_interval(days => ${rows + youngest}::int - n, secs => n * 0.000001),
           case when n % 3 = 0 then null else 'user' || n % 7 || '@example.org' end, case when n % 4 = 0 then '' else '10.0.0.' || n end,
           'update', 'Asset', n, E'Ünï "quoted" \\\\ \t tab, ' || n, E'{"a": {"old": null, "new": "line\nline"}}', true
      from generate_series(1, ${rows}::int) as n`.execute(database.db);
}

export const journal = (settings: Partial<SettingsInput> = {}, policy: object = {}): SettingsInput => ({
  built_in: { audit_log: { enabled: true, keep_days: 365, max_share: 1, ...policy } },
  ...settings,
});

export async function keysOf(database: OpenDatabase, table: string): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`select id from ${sql.raw(table)} order by id`.execute(
    database.db,
  );
  return rows.map(({ id }) => id);
}

/** Names of the archives in a folder; files that are not whole are told by the dot in front. */
export async function archivesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((file) => !file.endsWith('.manifest.json')).sort();
}
