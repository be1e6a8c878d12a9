import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import { expect, inject, it, onTestFinished } from 'vitest';
import { startDatabaseEarly } from '../../../src/cli/start-database-early.ts';
import { connectDatabase } from '../../../src/db/connect.ts';
import { memoryIo } from '../../support/memory-io.ts';

/** How many threads are started from now on. */
function countThreads(): () => Promise<number> {
  let started = 0;
  const count = () => {
    started += 1;
  };
  process.on('worker', count);
  onTestFinished(() => void process.off('worker', count));
  // The event follows its thread.
  return () => setImmediate().then(() => started);
}

async function useDatabase(dataDir: string): Promise<void> {
  const { db, close } = await connectDatabase(
    { kind: 'embedded', dataDir },
    { applicationName: 'opsdeck-jobs test', waitMs: 0 },
  );
  try {
    await sql`select 1`.execute(db);
  } finally {
    await close();
  }
}

const newFolder = () => mkdtemp(join(inject('scratch'), 'early-'));

it('a thread that was started early opens the database, and the next opening has a thread of its own', async () => {
  const cwd = await newFolder();
  await useDatabase(join(cwd, 'data'));
  const threads = countThreads();
  await writeFile(join(cwd, '.env'), 'OPSDECK_JOBS_DATA_DIR=data\n', { mode: 0o600 });
  startDatabaseEarly(memoryIo({ cwd }).io, {});
  startDatabaseEarly(memoryIo({ cwd }).io, {});
  expect(await threads()).toBe(1);
  await useDatabase(join(cwd, 'data'));
  expect(await threads()).toBe(1);
  await useDatabase(join(cwd, 'data'));
  expect(await threads()).toBe(2);
});

it('no thread is started early for another database, for one in use, or for none', async () => {
  const cwd = await newFolder();
  await mkdir(join(cwd, 'data', 'pgdata'), { recursive: true });
  await mkdir(join(cwd, 'held', 'pgdata'), { recursive: true });
  await writeFile(join(cwd, 'held', 'owner-1.sock'), '');
  const threads = countThreads();
  const variables = [
    { OPSDECK_JOBS_DATA_DIR: 'data', DATABASE_URL: 'postgresql://db.example/ops' },
    { OPSDECK_JOBS_DATA_DIR: 'data', DATABASE_URL_FILE: 'url' },
    { OPSDECK_JOBS_DATA_DIR: 'held' },
    { OPSDECK_JOBS_DATA_DIR: 'nothing' },
    { OPSDECK_JOBS_DATA_DIR: '/proc/x' },
    { HOME: 'relative' },
    { XDG_DATA_HOME: cwd },
  ];
  for (const env of variables) startDatabaseEarly(memoryIo({ cwd, env }).io, {});
  expect(await threads()).toBe(0);
});
