import type { Insertable } from 'kysely';
import { sql } from 'kysely';
import { z } from 'zod';
import certificateExpiry from '../../../jobs/expiry/certificate-expiry.ts';
import credentialExpiry from '../../../jobs/expiry/credential-expiry.ts';
import subscriptionRenewals from '../../../jobs/expiry/subscription-renewals.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import type { OpsdeckTables } from '../../../src/db/tables/opsdeck.ts';
import type { JobDefinition } from '../../../src/job/define-job.ts';
import { runManually } from '../../../src/job/run-manually.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import type { DatabaseHarness, FreshOptions } from '../../support/databases.ts';
import { type FakeClock, fakeClock } from '../../support/fake-clock.ts';
import { testEnvironment } from '../../support/runner.ts';

export const jobs = {
  renewals: subscriptionRenewals,
  credentials: credentialExpiry,
  certificates: certificateExpiry,
} satisfies Readonly<Record<string, JobDefinition>>;

const item = z.looseObject({ kind: z.string(), id: z.int(), name: z.string(), expires_on: z.string() });

/** The JSON of a run, key by key. */
const resultShape = z.strictObject({
  today: z.string(),
  watched: z.record(z.string(), z.int()),
  first_run: z.array(z.string()),
  alerted: z.int(),
  named_without_owner: z.int(),
  without_owner: z.array(item),
  baseline: z.int(),
  rearmed: z.int(),
  snoozed: z.int(),
  acknowledged: z.int(),
  messages_queued: z.int(),
  alerts: z.array(
    z.strictObject({
      kind: z.string(),
      id: z.int(),
      name: z.string(),
      expires_on: z.string(),
      days_left: z.int(),
      threshold: z.int(),
      covered: z.array(z.int()),
      happens: z.enum(['renews', 'ends', 'expires', 'due']),
      break_glass: z.boolean(),
      to: z.array(z.string()),
    }),
  ),
  problem_count: z.int(),
  problems: z.array(z.strictObject({ kind: z.string(), id: z.int(), name: z.string(), problem: z.string() })),
  without_recipient_count: z.int(),
  without_recipient: z.array(item),
  notes: z.array(z.string()),
  queries: z
    .array(
      z.strictObject({
        name: z.string(),
        items: z.int().nullable(),
        added: z.int(),
        changed: z.int(),
        gone: z.int(),
        problem: z.string().nullable(),
      }),
    )
    .optional(),
});
type Result = z.output<typeof resultShape>;

export interface QueuedDigest {
  readonly channel: string;
  readonly destination: string;
  readonly context: JsonObject;
  readonly state: string;
  readonly communication_id: number;
}

export interface RunOptions {
  readonly dryRun?: boolean;
  readonly allowEmpty?: boolean;
  /** Of the job `uar`. */
  readonly queryRole?: string | null;
}

type Values<T extends keyof OpsdeckTables> = Partial<Insertable<OpsdeckTables[T]>>;

/** A database with one user, Olga, and a clock that shows 07:00 in Madrid on a day of the test's choice. */
export interface World {
  readonly database: OpenDatabase;
  readonly clock: FakeClock;
  readonly olga: number;
  on(day: string): void;
  user(name: string, values?: Values<'user'>): Promise<number>;
  group(name: string, members: readonly number[]): Promise<number>;
  subscription(values?: Values<'subscription'>): Promise<number>;
  license(values?: Values<'license'>): Promise<number>;
  credential(expiresAt: string | null, values?: Values<'credentials'>): Promise<number>;
  certificate(version: Values<'certificate_versions'>, values?: Values<'certificates'>): Promise<number>;
  run(job: JobDefinition, settings?: JsonObject, options?: RunOptions): ReturnType<typeof runJob>;
  /** Digests that were queued since the last call, by destination. */
  takeDigests(): Promise<readonly QueuedDigest[]>;
}

export async function newWorld(
  harness: DatabaseHarness,
  today: string,
  options: Omit<FreshOptions, 'clock'> = {},
): Promise<World> {
  const clock = fakeClock(`${today}T06:00:00Z`);
  const database = await harness.fresh({ clock, granted: true, ...options });
  const runner = await harness.asRunner(database, clock);
  const { db } = database;
  let names = 0;
  let taken = '1970-01-01T00:00:00Z';
  const idOf = async (insert: { executeTakeFirstOrThrow(): Promise<{ id: number }> }) =>
    (await insert.executeTakeFirstOrThrow()).id;
  const user: World['user'] = (name, values = {}) =>
    idOf(
      db
        .insertInto('user')
        .values({
          name,
          email: `${name.toLowerCase().replaceAll(' ', '.')}@example.org`,
          role: 'user',
          is_archived: false,
          hide_from_org_chart: false,
          ...values,
        })
        .returning('id'),
    );
  const olga = await user('Olga');
  return {
    database,
    clock,
    olga,
    user,
    on: (day) => clock.set(`${day}T06:00:00Z`),
    group: async (name, members) => {
      const id = await idOf(db.insertInto('group').values({ name }).returning('id'));
      for (const member of members) {
        await db.insertInto('user_groups').values({ group_id: id, user_id: member }).execute();
      }
      return id;
    },
    subscription: (values = {}) => {
      names += 1;
      return idOf(
        db
          .insertInto('subscription')
          .values({
            name: `Subscription ${names}`,
            subscription_type: 'SaaS',
            renewal_date: today,
            renewal_period_type: 'yearly',
            renewal_period_value: 1,
            auto_renew: true,
            cost: 100,
            currency: 'EUR',
            pricing_model: 'fixed',
            user_id: olga,
            is_archived: false,
            ...values,
          })
          .returning('id'),
      );
    },
    license: (values = {}) => {
      names += 1;
      const row = {
        name: `Licence ${names}`,
        user_id: olga,
        is_archived: false,
        license_key: 'KEY-SECRET',
        ...values,
      };
      return idOf(db.insertInto('license').values(row).returning('id'));
    },
    credential: async (expiresAt, values = {}) => {
      names += 1;
      const at = '2020-01-01 00:00:00';
      const row = {
        name: `Credential ${names}`,
        type: 'API key',
        break_glass: false,
        owner_type: 'User',
        owner_id: olga,
        created_at: at,
        updated_at: at,
        ...values,
      };
      const id = await idOf(db.insertInto('credentials').values(row).returning('id'));
      const secret = {
        credential_id: id,
        masked_value: '****abcd',
        expires_at: expiresAt,
        is_active: true,
        created_at: at,
      };
      await db.insertInto('credential_secrets').values(secret).execute();
      return id;
    },
    certificate: async (version, values = {}) => {
      names += 1;
      const row = {
        name: `Certificate ${names}`,
        type: 'SSL/TLS',
        owner_type: 'User',
        owner_id: olga,
        ...values,
      };
      const id = await idOf(db.insertInto('certificates').values(row).returning('id'));
      const versionRow = { certificate_id: id, expires_at: today, is_active: true, ...version };
      await db.insertInto('certificate_versions').values(versionRow).execute();
      return id;
    },
    run: (job, settings, runOptions) => runJob(runner, job, settings, runOptions),
    takeDigests: async () => {
      const { rows } = await sql<QueuedDigest & { created: string }>`
        select channel, destination, context, state, communication_id, created_at::text as created
          from opsdeck_jobs.message where created_at > ${taken}::timestamptz
         order by created_at, channel, destination`.execute(db);
      taken = rows.at(-1)?.created ?? taken;
      return rows;
    },
  };
}

export async function runJob(
  database: OpenDatabase,
  job: JobDefinition,
  settings: JsonObject = {},
  { dryRun = false, allowEmpty = true, queryRole = null }: RunOptions = {},
) {
  const environment = testEnvironment(database, [job], {
    jobConfigs: {
      [job.name]: {
        settings: z.record(z.string(), z.json()).parse(job.settings.parse(settings)),
        params: {},
      },
      uar: { settings: { query_role: queryRole }, params: {} },
    },
  });
  const outcome = await runManually(environment, {
    definition: job,
    params: {},
    dryRun,
    timeoutMs: undefined,
    waitMs: 0,
    ignorePause: false,
    allowEmpty,
  });
  return { outcome, environment };
}

/** The result of a run that succeeded. */
export async function succeeded(run: ReturnType<typeof runJob>): Promise<Result> {
  const { outcome } = await run;
  if (outcome.status !== 'succeeded') throw new Error(`${outcome.status}: ${JSON.stringify(outcome.fault)}`);
  return resultShape.parse(outcome.result);
}

/** Alerts as `subscription 1 in 7 days: 7 covers 30,14`. */
export function told(result: Result): string[] {
  return result.alerts.map(
    (one) =>
      `${one.kind} ${one.id} in ${one.days_left}: ${one.threshold}${one.covered.length > 0 ? ` covers ${one.covered.join()}` : ''}`,
  );
}
