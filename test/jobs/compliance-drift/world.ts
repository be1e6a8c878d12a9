import { z } from 'zod';
import { causes } from '../../../jobs/compliance-drift/cause.ts';
import { changeClasses } from '../../../jobs/compliance-drift/classify.ts';
import complianceDrift from '../../../jobs/compliance-drift/job.ts';
import { driftSettings } from '../../../jobs/compliance-drift/settings.ts';
import { controlStatuses } from '../../../jobs/compliance-drift/status.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { failOnLevels } from '../../../src/job/fail-on-levels.ts';
import type { RunEnvironment } from '../../../src/job/run-environment.ts';
import { runManually } from '../../../src/job/run-manually.ts';
import type { DatabaseHarness, FreshOptions } from '../../support/databases.ts';
import { type FakeClock, fakeClock } from '../../support/fake-clock.ts';
import { testEnvironment } from '../../support/runner.ts';

const status = z.enum(controlStatuses);
const count = z.int().min(0);

/** The JSON of a run, key by key: an additional or a missing key fails. */
const resultShape = z.strictObject({
  snapshot_id: z.int().nullable(),
  snapshot_hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  previous_snapshot_id: z.int().nullable(),
  baseline: z.boolean(),
  opsdeck_snapshots: z.int(),
  frameworks: count,
  controls: count,
  status: z.strictObject({
    compliant: count,
    warning: count,
    non_compliant: count,
    manual: count,
    uncovered: count,
    not_applicable: count,
    unknown: count,
  }),
  failing: z
    .array(
      z.strictObject({
        framework: z.string(),
        control_id: z.string(),
        name: z.string(),
        status: z.enum(['non_compliant', 'warning']),
        rule: z.string().nullable(),
        remedy: z.string(),
      }),
    )
    .max(20),
  regressions: z.strictObject({ critical: count, high: count, medium: count }),
  improvements: count,
  first_measurements: count,
  scope: z.strictObject({
    added: count,
    removed: count,
    became_not_applicable: count,
    became_applicable: count,
    renumbered: count,
    requirements_replaced: count,
    frameworks_removed: z.array(
      z.strictObject({ framework: z.string(), cause: z.string(), controls: count, failing: count }),
    ),
  }),
  evaluation: z.strictObject({ lost: count, restored: count, changed: count }),
  unread_words: z.array(z.strictObject({ model: z.string(), word: z.string(), id: count })),
  flapping: count,
  messages_queued: count,
  alerts_without_recipient: count,
  changes: z.array(
    z.strictObject({
      framework: z.string(),
      control_id: z.string(),
      name: z.string(),
      from: status.nullable(),
      to: status.nullable(),
      class: z.enum(changeClasses),
      severity: z.enum(failOnLevels).nullable(),
      cause: z.string().refine((cause) => Object.hasOwn(causes, cause)),
      flapping: z.literal(true).optional(),
    }),
  ),
});

export interface RunOptions {
  readonly dryRun?: boolean;
  readonly allowEmpty?: boolean;
  readonly framework?: number;
  readonly settings?: z.input<typeof driftSettings>;
  readonly environment?: Partial<RunEnvironment>;
}

export interface RuleOptions {
  readonly name?: string;
  readonly model?: string;
  /** As stored; an object is written as JSON. */
  readonly criteria?: string | object;
  readonly frequency?: number;
  readonly grace?: number;
  readonly enabled?: boolean | null;
}

/** An OpsDeck with one administrator, and a clock that stands still. */
export interface World {
  /** As the owner of OpsDeck's tables. */
  readonly database: OpenDatabase;
  /** The same with the rights of the manual: what the job itself does. */
  readonly runner: OpenDatabase;
  readonly clock: FakeClock;
  framework(name: string, active?: boolean): Promise<number>;
  control(framework: number, controlId: string, applicable?: boolean): Promise<number>;
  rule(control: number, options?: RuleOptions): Promise<number>;
  link(control: number): Promise<void>;
  activity(name?: string): Promise<number>;
  execution(activity: number, date: string, status?: string): Promise<number>;
  /** A rule on an activity of its own; `date`: of its one execution. */
  activityRule(
    control: number,
    date?: string,
    options?: RuleOptions,
  ): Promise<{ rule: number; activity: number }>;
  run(options?: RunOptions): ReturnType<typeof runDrift>;
}

/** Tuesday 10 March 2026, 09:00 in Madrid. */
const start = '2026-03-10T08:00:00Z';

export async function newWorld(
  harness: DatabaseHarness,
  options: Omit<FreshOptions, 'clock'> = {},
): Promise<World> {
  const clock = fakeClock(start);
  const database = await harness.fresh({ clock, granted: true, ...options });
  const runner = await harness.asRunner(database, clock);
  const { db } = database;
  const admin = await db
    .insertInto('user')
    .values({
      name: 'Ada Admin',
      email: 'ada@example.org',
      role: 'admin',
      is_archived: false,
      hide_from_org_chart: false,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  let names = 0;
  const nextName = (what: string) => `${what} ${++names}`;
  const world: World = {
    database,
    runner,
    clock,
    framework: async (name, active = true) => {
      const values = { name, is_custom: true, is_active: active };
      return (await db.insertInto('framework').values(values).returning('id').executeTakeFirstOrThrow()).id;
    },
    control: async (framework_id, control_id, is_applicable = true) => {
      const values = { framework_id, control_id, name: `Name of ${control_id}`, is_applicable };
      return (
        await db.insertInto('framework_control').values(values).returning('id').executeTakeFirstOrThrow()
      ).id;
    },
    rule: async (framework_control_id, rule = {}) => {
      const { criteria = {} } = rule;
      const values = {
        framework_control_id,
        name: rule.name ?? nextName('Rule'),
        target_model: rule.model ?? 'ActivityExecution',
        criteria: typeof criteria === 'string' ? criteria : JSON.stringify(criteria),
        frequency_days: rule.frequency ?? 30,
        grace_period_days: rule.grace ?? 7,
        enabled: rule.enabled === undefined ? true : rule.enabled,
      };
      return (await db.insertInto('compliance_rule').values(values).returning('id').executeTakeFirstOrThrow())
        .id;
    },
    link: async (framework_control_id) => {
      const values = { framework_control_id, linkable_id: 1, linkable_type: 'Policy', description: 'Policy' };
      await db.insertInto('compliance_link').values(values).execute();
    },
    activity: async (name = nextName('Activity')) =>
      (await db.insertInto('security_activity').values({ name }).returning('id').executeTakeFirstOrThrow())
        .id,
    execution: async (activity_id, execution_date, executionStatus = 'Completed') => {
      const values = { activity_id, executor_id: admin.id, execution_date, status: executionStatus };
      return (
        await db.insertInto('activity_execution').values(values).returning('id').executeTakeFirstOrThrow()
      ).id;
    },
    activityRule: async (control, date, rule = {}) => {
      const activity = await world.activity();
      if (date !== undefined) await world.execution(activity, date);
      return { activity, rule: await world.rule(control, { criteria: { value: activity }, ...rule }) };
    },
    run: (run) => runDrift(runner, run),
  };
  return world;
}

/** Without what is undefined, as the configuration file has it. */
function settingsOf({ settings }: RunOptions) {
  return z
    .record(z.string(), z.json())
    .parse(JSON.parse(JSON.stringify(driftSettings.parse(settings ?? {}))));
}

/** One run by hand, as `run-job compliance-drift`; its result is checked by {@link succeeded}. */
export async function runDrift(database: OpenDatabase, options: RunOptions = {}) {
  const environment = testEnvironment(database, [complianceDrift], {
    jobConfigs: {
      'compliance-drift': { settings: settingsOf(options), params: {} },
    },
    ...options.environment,
  });
  const outcome = await runManually(environment, {
    definition: complianceDrift,
    params: options.framework === undefined ? {} : { framework: options.framework },
    dryRun: options.dryRun ?? false,
    timeoutMs: undefined,
    waitMs: 0,
    ignorePause: false,
    allowEmpty: options.allowEmpty ?? false,
  });
  return { outcome, environment };
}

/** The result of a run that succeeded. */
export async function succeeded(run: ReturnType<typeof runDrift>) {
  const { outcome } = await run;
  if (outcome.status !== 'succeeded') throw new Error(`${outcome.status}: ${JSON.stringify(outcome.fault)}`);
  return resultShape.parse(outcome.result);
}

const storedControl = z.looseObject({
  framework: z.int(),
  control_id: z.string(),
  status,
  rules: z.array(
    z.looseObject({
      id: z.int(),
      status: z.string().optional(),
      days_since: z.int().optional(),
      evidence: z.object({ model: z.string(), id: z.int(), date: z.string() }).optional(),
      reason: z.string().optional(),
    }),
  ),
});
export type StoredControl = z.output<typeof storedControl>;

/** Our part of a snapshot: every control by its public identifier. */
export async function storedControls(
  database: OpenDatabase,
  snapshotId: number | null,
): Promise<ReadonlyMap<string, StoredControl>> {
  const row = await database.db
    .selectFrom('compliance_audit')
    .select('snapshot_data')
    .where('id', '=', snapshotId ?? 0)
    .executeTakeFirstOrThrow();
  const { opsdeck_jobs } = z
    .object({ opsdeck_jobs: z.object({ controls: z.record(z.string(), storedControl) }) })
    .parse(row.snapshot_data);
  return new Map(Object.values(opsdeck_jobs.controls).map((control) => [control.control_id, control]));
}
