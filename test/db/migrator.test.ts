import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { migrations } from '../../migrations/index.ts';
import type { DatabaseConfig } from '../../src/config/config.ts';
import { type ConnectedDatabase, connectDatabase } from '../../src/db/connect.ts';
import { applyMigrations, readMigrationState } from '../../src/db/migrator.ts';
import { openDatabase } from '../../src/db/open-migrated.ts';
import { onEachDatabase, onPostgres } from '../support/databases.ts';

async function connect(config: DatabaseConfig): Promise<ConnectedDatabase> {
  const connected = await connectDatabase(config, { applicationName: 'opsdeck-jobs test', waitMs: 0 });
  onTestFinished(() => connected.close());
  return connected;
}

async function tablesOf({ db }: ConnectedDatabase, schema: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = ${schema} order by tablename`.execute(db);
  return rows.map((row) => row.name);
}

const names = migrations.map((migration) => migration.name);
const standaloneOnly = migrations.filter((one) => one.standaloneOnly);
const opsdeckTables = standaloneOnly
  .flatMap(({ statements }) => statements)
  .filter((statement) => statement.startsWith('create table public.'));

/** Names of steps whose number another one has; the pair 0012 is older than this rule, and names are stored. */
function sharedNumbers(steps: readonly string[]): string[] {
  const numberOf = (name: string) => name.slice(0, 4);
  const old = ['0012-exchange-rates', '0012-published-rates'];
  return steps.filter(
    (name) =>
      !old.includes(name) && steps.some((other) => other !== name && numberOf(other) === numberOf(name)),
  );
}

it('each step has a number of its own, and they are in its order', () => {
  expect(names.every((name) => /^\d{4}-/.test(name))).toBe(true);
  expect(sharedNumbers(names)).toEqual([]);
  expect(names).toEqual(names.toSorted());
});

it('a second step of one number is found', () => {
  expect(sharedNumbers([...names, '0012-third', '0013-second'])).toEqual([
    names.find((name) => name.startsWith('0013')),
    '0012-third',
    '0013-second',
  ]);
});

onEachDatabase((harness) => {
  it('makes an empty database standalone: OpsDeck tables and ours', async () => {
    const connected = await connect(await harness.config('empty'));
    expect(await readMigrationState(connected.db)).toMatchObject({ mode: null, applied: [], unknown: [] });
    const outcome = await applyMigrations(connected.db, '1.0.0', connected.label);
    expect(outcome).toMatchObject({ mode: 'standalone', passedOver: [] });
    expect(await tablesOf(connected, 'public')).toHaveLength(opsdeckTables.length);
    const state = await readMigrationState(connected.db);
    expect(state).toMatchObject({ mode: 'standalone', pending: [] });
    expect(state.applied.map((step) => step.name)).toEqual(names);
  });

  it('attaches to a database with tables of OpsDeck, and changes nothing in public', async () => {
    const connected = await connect(await harness.config('opsdeck'));
    const before = await tablesOf(connected, 'public');
    const outcome = await applyMigrations(connected.db, '1.0.0', connected.label);
    expect(outcome.mode).toBe('attached');
    expect(outcome.passedOver.map((step) => step.name)).toEqual(standaloneOnly.map(({ name }) => name));
    expect(await tablesOf(connected, 'public')).toEqual(before);
    expect(await tablesOf(connected, 'opsdeck_jobs')).toContain('job_run');
  });

  it('one table of OpsDeck is enough to attach: it is somebody else’s', async () => {
    const connected = await connect(await harness.config('empty'));
    await sql`create table public.alembic_version (version_num text)`.execute(connected.db);
    expect(await applyMigrations(connected.db, '1.0.0', connected.label)).toMatchObject({ mode: 'attached' });
    expect(await tablesOf(connected, 'public')).toEqual(['alembic_version']);
  });

  it('does nothing the second time, and keeps what was decided the first time', async () => {
    const connected = await connect(await harness.config('attached'));
    await sql`drop table public.alembic_version`.execute(connected.db);
    const outcome = await applyMigrations(connected.db, '1.0.0', connected.label);
    expect(outcome).toEqual({ mode: 'attached', applied: [], passedOver: [] });
  });

  it('leaves nothing behind when a step fails', async () => {
    const connected = await connect(await harness.config('empty'));
    await sql`create schema opsdeck_jobs`.execute(connected.db);
    await sql`create table opsdeck_jobs.message (id int)`.execute(connected.db);
    await expect(applyMigrations(connected.db, '1.0.0', connected.label)).rejects.toMatchObject({
      code: '42P07',
    });
    expect(await tablesOf(connected, 'opsdeck_jobs')).toEqual(['message']);
    expect(await tablesOf(connected, 'public')).toEqual([]);
  });

  it('refuses a database that is newer than the program, with the name of the unknown step', async () => {
    const config = await harness.config();
    const connected = await connect(config);
    await sql`insert into opsdeck_jobs.migration (name, program_version) values ('9999-future', '99.0.0')`.execute(
      connected.db,
    );
    await expect(applyMigrations(connected.db, '1.0.0', connected.label)).rejects.toMatchObject({
      code: 'database_newer',
    });
    await connected.close();
    const options = { applicationName: 'opsdeck-jobs test', waitMs: 0, storedTimezone: undefined };
    await expect(openDatabase(config, options)).rejects.toMatchObject({
      code: 'database_newer',
      exitCode: 2,
      message: expect.stringContaining('9999-future'),
    });
  });

  it('stores the hash of each step, and refuses a database whose step was another one', async () => {
    const config = await harness.config();
    const connected = await connect(config);
    // As a database from before hashes were kept.
    await sql`update opsdeck_jobs.migration set content_hash = null`.execute(connected.db);
    await sql`delete from opsdeck_jobs.migration where name = ${names.at(-1)}`.execute(connected.db);
    expect((await readMigrationState(connected.db)).changed).toEqual([]);
    await sql`update opsdeck_jobs.migration set content_hash = 'other' where name = '0008-outbox'`.execute(
      connected.db,
    );
    await connected.close();
    const options = { applicationName: 'opsdeck-jobs test', waitMs: 0, storedTimezone: undefined };
    await expect(openDatabase(config, options)).rejects.toMatchObject({
      code: 'migration_changed',
      exitCode: 2,
      message: expect.stringMatching(/ another content of 0008-outbox than this one has\.$/),
    });
    const again = await connect(config);
    await expect(applyMigrations(again.db, '1.0.0', again.label)).rejects.toMatchObject({
      code: 'migration_changed',
    });
  });

  it('a database from before hashes were kept gets them at its next migration', async () => {
    const connected = await connect(await harness.config('empty'));
    const old = migrations.filter(({ name }) => name < '0014');
    await sql`create schema opsdeck_jobs`.execute(connected.db);
    await sql`create table opsdeck_jobs.migration (name text primary key,
      applied_at timestamptz not null default now(), program_version text not null)`.execute(connected.db);
    for (const { name, statements } of old) {
      for (const statement of statements) await sql.raw(statement).execute(connected.db);
      await sql`insert into opsdeck_jobs.migration values (${name}, now(), '0.1.0')`.execute(connected.db);
    }
    await sql`insert into opsdeck_jobs.installation (mode, program_version) values ('standalone', '0.1.0')`.execute(
      connected.db,
    );
    const { applied } = await applyMigrations(connected.db, '1.0.0', connected.label);
    expect(applied.map(({ name }) => name)).toEqual(names.filter((name) => name >= '0014'));
    const { rows } = await sql<{ hashed: number }>`
      select count(content_hash)::int as hashed from opsdeck_jobs.migration`.execute(connected.db);
    expect(rows).toEqual([{ hashed: names.length }]);
    expect((await readMigrationState(connected.db)).changed).toEqual([]);
  });

  it('the constraints that the runner and the chain rely on are there', async () => {
    const { db } = await harness.fresh();
    const run = {
      job: 'a',
      trigger: 'timer' as const,
      params: '{}',
      started_at: '2026-01-01T00:00:00Z',
      runner: 'test:1',
      program_version: '0',
    };
    const insert = (more: {
      status: 'running' | 'missed';
      scheduled_for?: string;
      finished_at?: string;
      concurrency_key?: string;
    }) =>
      db
        .insertInto('opsdeck_jobs.job_run')
        .values({ ...run, ...more })
        .execute();
    await insert({ status: 'running' });
    await expect(insert({ status: 'running' })).rejects.toMatchObject({ constraint: 'job_run_running' });
    await insert({ status: 'running', concurrency_key: 'other' });
    const missed = {
      status: 'missed',
      scheduled_for: '2026-01-01T00:00:00Z',
      finished_at: '2026-01-01T00:00:00Z',
    } as const;
    await insert(missed);
    await expect(insert(missed)).rejects.toMatchObject({ constraint: 'job_run_firing' });
    await expect(insert({ status: 'missed' })).rejects.toMatchObject({ constraint: 'job_run_finished' });
  });
});

onPostgres((harness) => {
  it('several that migrate at the same moment do it once', async () => {
    const config = await harness.config('empty');
    const connections = await Promise.all([1, 2, 3, 4].map(() => connect(config)));
    const outcomes = await Promise.all(
      connections.map(({ db, label }) => applyMigrations(db, '1.0.0', label)),
    );
    const applied = outcomes.map((outcome) => outcome.applied.length).sort();
    expect(applied).toEqual([0, 0, 0, names.length]);
    expect(outcomes.every((outcome) => outcome.mode === 'standalone')).toBe(true);
  });

  it('a role that owns an empty schema opsdeck_jobs needs no right to create one', async () => {
    const admin = await connect(await harness.config('opsdeck'));
    const role = `migrator_${process.pid}`;
    await sql.raw(`create role ${role}; create schema opsdeck_jobs authorization ${role}`).execute(admin.db);
    await admin.db.connection().execute(async (db) => {
      await sql.raw(`set role ${role}`).execute(db);
      expect(await applyMigrations(db, '1.0.0', admin.label)).toMatchObject({ mode: 'attached' });
    });
    // On the one connection that the pool has so far.
    await sql.raw(`reset role; drop owned by ${role}; drop role ${role}`).execute(admin.db);
  });
});
