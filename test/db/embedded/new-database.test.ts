import { mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, inject, it, onTestFinished } from 'vitest';
import { migrations } from '../../../migrations/index.ts';
import { type ConnectedDatabase, connectDatabase } from '../../../src/db/connect.ts';
import { unpackNewDatabase } from '../../../src/db/embedded/new-database.ts';
import { builtVersion } from '../../../src/db/migration-steps.ts';
import { applyMigrations, readMigrationState } from '../../../src/db/migrator.ts';
import { openDatabase } from '../../../src/db/open-migrated.ts';
import { builtDatabase } from '../../../src/files/built-file.ts';

async function newFolder(): Promise<string> {
  return join(await mkdtemp(join(inject('scratch'), 'new-database-')), 'data');
}

async function connect(dataDir: string, emptyWhenNew: boolean): Promise<ConnectedDatabase> {
  const connected = await connectDatabase(
    { kind: 'embedded', dataDir },
    { applicationName: 'opsdeck-jobs test', waitMs: 0, emptyWhenNew },
  );
  onTestFinished(() => connected.close());
  return connected;
}

/** All that the steps make, and the rows that they insert. */
async function contentOf({ db }: ConnectedDatabase): Promise<unknown> {
  const { rows } = await sql<{ kind: string; what: string }>`
    with ours as (select oid from pg_namespace where nspname in ('public', 'opsdeck_jobs')),
         tables as (select oid from pg_class where relnamespace in (select oid from ours) and relkind = 'r')
    select 'column' as kind, concat_ws(' ', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
                                       pg_get_expr(d.adbin, d.adrelid)) as what
      from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attrelid in (select oid from tables) and a.attnum > 0
    union all select 'constraint', concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
      from pg_constraint where connamespace in (select oid from ours)
    union all select 'index', pg_get_indexdef(indexrelid) from pg_index where indrelid in (select oid from tables)
    union all select 'function', pg_get_functiondef(oid) from pg_proc where pronamespace in (select oid from ours) and prokind = 'f'
    union all select 'trigger', pg_get_triggerdef(oid) from pg_trigger where tgrelid in (select oid from tables) and not tgisinternal
    union all select 'comment', concat_ws(' ', classoid::regclass, objsubid, description) from pg_description
     where objoid in (select oid from tables union all select indexrelid from pg_index where indrelid in (select oid from tables))
    union all select 'step', concat_ws(' ', name, program_version, content_hash) from opsdeck_jobs.migration
    union all select 'installation', concat_ws(' ', mode, program_version) from opsdeck_jobs.installation
    union all select 'sending', s::text from opsdeck_jobs.sending s
     order by 1, 2`.execute(db);
  return rows;
}

it('the database that the build migrated is, once taken over, what the steps make of an empty one', async () => {
  const built = await connect(await newFolder(), false);
  expect(await readMigrationState(built.db)).toMatchObject({ built: true, mode: null, pending: migrations });
  const empty = await connect(await newFolder(), true);
  expect(await readMigrationState(empty.db)).toMatchObject({ built: false, mode: null, pending: migrations });
  const outcomes = await Promise.all(
    [built, empty].map(({ db, label }) => applyMigrations(db, '1.2.3', label)),
  );
  expect(outcomes[0]).toEqual(outcomes[1]);
  expect(outcomes[0]).toMatchObject({ mode: 'standalone', applied: migrations, passedOver: [] });
  expect(await contentOf(built)).toEqual(await contentOf(empty));
});

it('its steps are applied when it is opened first, by this program, and it has an identity', async () => {
  const before = new Date();
  const database = await openDatabase(
    { kind: 'embedded', dataDir: await newFolder() },
    { applicationName: 'opsdeck-jobs test', waitMs: 0, storedTimezone: undefined },
  );
  onTestFinished(() => database.close());
  const { rows } = await sql<{ early: number; built: number; identities: number }>`
    select (select count(*)::integer from opsdeck_jobs.migration where applied_at < ${before}::timestamptz) as early,
           (select count(*)::integer from opsdeck_jobs.migration where program_version = ${builtVersion}) as built,
           (select count(*)::integer from opsdeck_jobs.database_identity where confirmed_at is not null) as identities`.execute(
    database.db,
  );
  expect(rows).toEqual([{ early: 0, built: 0, identities: 1 }]);
});

it('one that was built with other steps is not found', () => {
  expect(builtDatabase('0123456789abcdef')).toBeUndefined();
});

it('a stop ends the unpacking', async () => {
  const folder = await newFolder();
  await expect(unpackNewDatabase(folder, 'migrated', AbortSignal.abort(new Error('stop')))).rejects.toThrow(
    'stop',
  );
  expect((await readdir(folder, { recursive: true })).length).toBeLessThan(100);
});
