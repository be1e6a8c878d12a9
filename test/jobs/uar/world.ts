import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Insertable, sql } from 'kysely';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import uar from '../../../jobs/uar/job.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import type { OpsdeckTables } from '../../../src/db/tables/opsdeck.ts';
import type { RunEnvironment } from '../../../src/job/run-environment.ts';
import { runManually } from '../../../src/job/run-manually.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import type { DatabaseHarness, FreshOptions } from '../../support/databases.ts';
import { type FakeClock, fakeClock } from '../../support/fake-clock.ts';
import { testEnvironment } from '../../support/runner.ts';

export type Values<T extends keyof OpsdeckTables> = Partial<Insertable<OpsdeckTables[T]>>;

const review = z.looseObject({
  outcome: z.enum(['completed', 'inconclusive', 'failed', 'skipped']),
  comparison_id: z.int(),
  reason: z.string().optional(),
  execution_id: z.int().nullish(),
});
const resultShape = z.strictObject({
  reviews: z.array(review),
  completed: z.int(),
  inconclusive: z.int(),
  failed: z.int(),
  new: z.record(z.string(), z.int()),
  incidents: z.int(),
  messages: z.int(),
  enabled: z.int(),
  next_due_at: z.string().nullable(),
});
export type Result = z.output<typeof resultShape>;

export interface RunOptions {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly dryRun?: boolean;
  readonly environment?: Partial<RunEnvironment>;
}

export interface FindingRow {
  readonly id: number;
  readonly execution_id: number;
  readonly finding_type: string;
  readonly key_value: string;
  readonly status: string;
  readonly resolution_notes: string | null;
  /** Wall clock of UTC. */
  readonly resolved_at: string | null;
  readonly affected_entity_id: number | null;
  readonly security_incident_id: number | null;
  /** Of its identity. */
  readonly incident_id: number | null;
  readonly recurrences: number | null;
}

/** A database with comparisons of two CSV files each, and a clock. */
export interface World {
  /** As the owner of OpsDeck's tables. */
  readonly database: OpenDatabase;
  readonly clock: FakeClock;
  /** What the files of a comparison hold: `email:role` a row. */
  sides(name: string, a: readonly string[], b: readonly string[]): Promise<void>;
  /** Daily at 08:00, with one person in both files. */
  comparison(name: string, values?: Values<'uar_comparison'>, settings?: JsonObject): Promise<number>;
  run(options?: RunOptions): ReturnType<typeof runUar>;
  /** The same through another connection to its database. */
  runOn(database: OpenDatabase, options?: RunOptions): ReturnType<typeof runUar>;
  /** Run now. */
  now(comparison: number, params?: Readonly<Record<string, unknown>>): Promise<Result['reviews'][number]>;
  findings(): Promise<readonly FindingRow[]>;
  /** Findings as `type key: status`, by key. */
  told(): Promise<readonly string[]>;
  user(email: string, values?: Values<'user'>): Promise<number>;
}

export async function newWorld(
  harness: DatabaseHarness,
  options: Omit<FreshOptions, 'clock'> = {},
): Promise<World> {
  const clock = fakeClock('2026-11-24T07:00:00Z');
  const database = await harness.fresh({ clock, granted: true, ...options });
  const runner = await harness.asRunner(database, clock);
  const folder = await mkdtemp(join(tmpdir(), 'uar-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return worldOn({ database, runner }, clock, folder);
}

/** The job runs as the runner, who has the rights of the manual; the test writes as the owner. */
function worldOn(
  { database, runner }: Readonly<Record<'database' | 'runner', OpenDatabase>>,
  clock: FakeClock,
  folder: string,
): World {
  const { db } = database;
  const sides: World['sides'] = async (name, a, b) => {
    const text = (rows: readonly string[]) =>
      ['email,role', ...rows.map((row) => row.replace(':', ','))].map((line) => `${line}\n`).join('');
    await writeFile(join(folder, `${name}-a.csv`), text(a));
    await writeFile(join(folder, `${name}-b.csv`), text(b));
  };
  const run: World['run'] = (options) => runUar(runner, folder, options);
  const findings: World['findings'] = async () => {
    const { rows } = await sql<FindingRow>`
      select f.id, f.execution_id, f.finding_type, f.key_value, f.status, f.resolution_notes, (f.resolved_at::timestamptz at time zone 'UTC')::text as resolved_at,
             f.affected_entity_id, f.security_incident_id, i.incident_id, i.recurrences
        from public.uar_finding f left join opsdeck_jobs.uar_identity i on i.finding_id = f.id
       order by f.key_value, f.id`.execute(db);
    return rows;
  };
  return {
    database,
    clock,
    sides,
    comparison: async (name, values = {}, settings = {}) => {
      const row = await db
        .insertInto('uar_comparison')
        .values({
          name,
          source_a_type: 'CSV',
          source_a_config: JSON.stringify({ path: `${name}-a.csv` }),
          source_b_type: 'CSV',
          source_b_config: JSON.stringify({ path: `${name}-b.csv` }),
          key_field_a: 'email',
          key_field_b: 'email',
          field_mappings: JSON.stringify([{ field_a: 'role', field_b: 'role' }]),
          schedule_type: 'daily',
          schedule_config: '{"hour": 8}',
          is_enabled: true,
          is_archived: false,
          ...values,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      await sql`
        insert into opsdeck_jobs.uar_comparison_state (comparison_id, settings, next_run_at)
        values (${row.id}, ${JSON.stringify(settings)}::text::jsonb, ${clock.now()}::timestamptz)`.execute(
        db,
      );
      await sides(name, ['base@x.org:dev'], ['base@x.org:dev']);
      return row.id;
    },
    run,
    runOn: (other, options) => runUar(other, folder, options),
    now: async (comparison, params = {}) => {
      const { outcome } = await run({ params: { comparison, ...params } });
      const [one] = resultShape.parse(outcome.result).reviews;
      if (one === undefined) throw new Error(JSON.stringify(outcome.fault));
      return one;
    },
    findings,
    told: async () => (await findings()).map((one) => `${one.finding_type} ${one.key_value}: ${one.status}`),
    user: async (email, values = {}) => {
      const row = {
        name: email,
        email,
        role: 'user',
        is_archived: false,
        hide_from_org_chart: false,
        ...values,
      };
      return (await db.insertInto('user').values(row).returning('id').executeTakeFirstOrThrow()).id;
    },
  };
}

async function runUar(
  database: OpenDatabase,
  folder: string,
  { params = {}, dryRun = false, environment: changes = {} }: RunOptions = {},
) {
  const settings = z.record(z.string(), z.json()).parse(uar.settings.parse({ sources_dir: folder }));
  const environment = testEnvironment(database, [uar], {
    jobConfigs: { uar: { settings, params: {} } },
    actor: 'os:ana@desk',
    ...changes,
  });
  const outcome = await runManually(environment, {
    definition: uar,
    params: uar.params.parse(params),
    dryRun,
    timeoutMs: undefined,
    waitMs: 0,
    ignorePause: false,
    allowEmpty: false,
  });
  return { outcome, environment };
}

/** The result of a run, whether it succeeded or not. */
export async function resultOf(run: ReturnType<World['run']>): Promise<Result> {
  const { outcome } = await run;
  if (outcome.result === null) throw new Error(`${outcome.status}: ${JSON.stringify(outcome.fault)}`);
  return resultShape.parse(outcome.result);
}
