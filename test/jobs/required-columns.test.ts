import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, inject, it } from 'vitest';
import { z } from 'zod';
import { jobs } from '../../jobs/index.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import type { JobDefinition } from '../../src/job/define-job.ts';
import { runManually } from '../../src/job/run-manually.ts';
import { mailPeer } from '../notify/channels/mail-peer.ts';
import { onOpsdeck } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { testEnvironment } from '../support/runner.ts';

/** Leaves of OpsDeck's tables what the job says that it needs. */
async function dropTheRest(database: OpenDatabase, { requires }: JobDefinition): Promise<void> {
  const { rows } = await sql<{ table: string; column: string }>`
    select relname as table, attname as column
      from pg_attribute join pg_class on pg_class.oid = attrelid
     where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped`.execute(
    database.db,
  );
  const surplus = rows.filter(({ table, column }) => requires[table]?.includes(column) === false);
  const tables = new Set(rows.map(({ table }) => table).filter((table) => !(table in requires)));
  const statements = [
    ...[...tables].map((table) => `drop table public."${table}" cascade`),
    ...surplus.map(({ table, column }) => `alter table public."${table}" drop column "${column}" cascade`),
  ];
  await sql.raw(statements.join('; ')).execute(database.db);
}

const jsonObject = z.record(z.string(), z.json());

const scratchFolder = () => mkdtemp(join(inject('scratch'), 'required-'));

/** A file for exchange-rates, which would ask its provider otherwise. */
async function rateFile(): Promise<string> {
  const file = join(await scratchFolder(), 'rates.csv');
  await writeFile(file, 'Date, USD, GBP, \n02 March 2026, 1.08, 0.86, \n');
  return file;
}

/** What a comparison's sources read is its own business: this one reads no table. */
async function readNoTable(database: OpenDatabase): Promise<void> {
  const people = JSON.stringify({ json_data: [{ email: 'ada@harbourlane.example' }] });
  await sql`delete from uar_finding`.execute(database.db);
  await sql`delete from uar_execution`.execute(database.db);
  await sql`
    update uar_comparison set source_a_type = 'JSON', source_a_config = ${people}::json,
                              source_b_type = 'JSON', source_b_config = ${people}::json`.execute(database.db);
}

onOpsdeck((harness) => {
  it.each(jobs)('needs no column of OpsDeck that it does not name: $name', async (job) => {
    const database = await harness.fresh({
      company: true,
      clock: fakeClock('2026-03-02T09:00:00Z'),
    });
    if (job.name === 'uar') await readNoTable(database);
    await dropTheRest(database, job);
    const { port } = await mailPeer({});
    const settings = job.settings.parse(
      job.name === 'data-retention' ? { archive_dir: await scratchFolder() } : {},
    );
    const jobConfigs = { [job.name]: { settings: jsonObject.parse(settings), params: {} } };
    const environment = testEnvironment(database, jobs, { jobConfigs });
    const { config } = environment;
    const email = { ...config.channels['email'], port, starttls: 'off', from: 'opsdeck@harbourlane.example' };
    const outcome = await runManually(
      { ...environment, config: { ...config, channels: { ...config.channels, email } } },
      {
        definition: job,
        params:
          job.name === 'exchange-rates' ? job.params.parse({ file: await rateFile() }) : job.params.parse({}),
        dryRun: false,
        timeoutMs: undefined,
        waitMs: 0,
        ignorePause: false,
        allowEmpty: true,
      },
    );
    expect(outcome.fault).toBeNull();
    expect(outcome.status).toBe('succeeded');
  });
});
