import { expect, it } from 'vitest';
import { z } from 'zod';
import { migrations } from '../../../migrations/index.ts';
import { type MigrateOptions, migrate } from '../../../src/cli/actions/migrate.ts';
import type { DatabaseConfig } from '../../../src/config/config.ts';
import { openDatabase } from '../../../src/db/open-migrated.ts';
import { onEachDatabase, onPostgres } from '../../support/databases.ts';
import { memoryIo } from '../../support/memory-io.ts';
import { environmentFor } from '../../support/program-database.ts';

async function run(config: DatabaseConfig, options: MigrateOptions) {
  const { io, stdout, stderr } = memoryIo({ env: environmentFor(config) });
  const exitCode = await migrate(io, {}, options);
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

const appliedSchema = z.looseObject({ applied: z.array(z.string()) });
const names = migrations.map((migration) => migration.name);

onEachDatabase((harness) => {
  it('brings an empty database up, reports what it did, and has nothing to do the second time', async () => {
    const config = await harness.config('empty');
    const first = await run(config, {});
    expect(first.exitCode).toBe(0);
    for (const name of names) expect(first.stdout).toContain(name);
    expect(first.stdout).toContain('Standalone');
    expect(first.stderr).toMatch(/^Using (PostgreSQL|embedded database)/);
    expect((await run(config, {})).stdout).toBe(
      'Nothing to do: the database is at the version of this program.\n',
    );
  });

  it('registers the jobs: disabled where a running OpsDeck has its own, enabled where no other program has', async () => {
    for (const [template, enabled] of [
      ['opsdeck', false],
      ['empty', true],
    ] as const) {
      const config = await harness.config(template);
      await run(config, {});
      const database = await openDatabase(config, {
        applicationName: 'test',
        waitMs: 0,
        storedTimezone: undefined,
      });
      const states = await database.db
        .selectFrom('opsdeck_jobs.job_state')
        .select(['job', 'enabled'])
        .execute();
      await database.close();
      expect(states).toContainEqual({ job: 'compliance-drift', enabled });
    }
  });

  it('--status and --dry-run change nothing', async () => {
    const config = await harness.config('empty');
    const status = await run(config, { status: true });
    expect(status.stdout).toContain('Never migrated.');
    const plan = await run(config, { dryRun: true });
    expect(plan.stdout).toContain('create schema opsdeck_jobs;');
    expect(plan.stdout).toContain('create table public.framework (');
    expect(JSON.parse((await run(config, { status: true, json: true })).stdout)).toMatchObject({
      schema: 1,
      mode: null,
      applied: [],
      pending: names.map((name) => ({ name })),
    });
  });

  it('--dry-run on a database of OpsDeck plans nothing in public', async () => {
    const plan = await run(await harness.config('opsdeck'), { dryRun: true });
    expect(plan.stdout).not.toMatch(/(create|alter|drop) \w+ public\./);
    expect(plan.stdout).toContain('Attached');
  });

  it('--json is one document', async () => {
    const config = await harness.config('opsdeck');
    expect(JSON.parse((await run(config, { json: true })).stdout)).toMatchObject({
      schema: 1,
      mode: 'attached',
      applied: names,
      passed_over: migrations.filter((one) => one.standaloneOnly).map(({ name }) => name),
    });
    expect(JSON.parse((await run(config, { status: true, json: true })).stdout)).toMatchObject({
      mode: 'attached',
      pending: [],
      unknown: [],
    });
  });
});

onPostgres((harness) => {
  it('several commands at the same moment migrate once, and all succeed', async () => {
    const config = await harness.config('empty');
    const runs = await Promise.all([1, 2, 3].map(() => run(config, { json: true })));
    const applied = runs.map(({ stdout }) => appliedSchema.parse(JSON.parse(stdout)).applied.length);
    expect(applied.sort()).toEqual([0, 0, names.length]);
  });
});
