import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { DatabaseConfig } from '../../src/config/config.ts';
import { sendingAllowed } from '../../src/notify/outbox/sending.ts';
import { type DatabaseHarness, onEmbedded } from '../support/databases.ts';
import { workingFolder } from '../support/job-files.ts';
import { visit } from '../support/program-database.ts';
import { offerFor, terminalOn } from '../support/served-database.ts';

async function setup(harness: DatabaseHarness) {
  const database = await harness.fresh();
  const cwd = workingFolder({});
  const config = harness.configOf(database);
  if (config.kind !== 'embedded') throw new Error('an embedded database was expected');
  const add = (name: string) => database.db.insertInto('tag').values({ name, is_archived: false }).execute();
  return { database, cwd, config, add, ...terminalOn(config, cwd) };
}

async function tags(config: DatabaseConfig): Promise<readonly string[]> {
  return visit(config, async ({ db }) => {
    const rows = await db.selectFrom('tag').select('name').orderBy('name').execute();
    return rows.map(({ name }) => name);
  });
}

const maySend = (config: DatabaseConfig) =>
  visit(config, async ({ db }) => (await sendingAllowed.execute(db)).rows.length === 1);

/** What there is beside the database and the mark of its owner. */
async function leftovers(dataDir: string): Promise<readonly string[]> {
  return (await readdir(dataDir)).filter((name) => !/^(pgdata|claim-.*|owner-.*)$/.test(name));
}

onEmbedded((harness) => {
  it('a backup made while another process has the database is what was there, and replaces what is there later', async () => {
    const { database, cwd, config, add, run } = await setup(harness);
    const offer = offerFor(database);
    await add('before');
    const made = await run(['backup', 'one.backup', '--json']);
    expect(made).toMatchObject({ code: 0 });
    expect(JSON.parse(made.stdout)).toMatchObject({ file: 'one.backup', format: 'backup' });
    expect(offer.served).toEqual(['backup']);
    expect((await stat(join(cwd, 'one.backup'))).mode & 0o777).toBe(0o600);
    await add('after');
    expect(await run(['restore', 'one.backup', '--yes'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('is in use by'),
    });
    await offer.end(0);
    await database.close();
    expect(await tags(config)).toEqual(['after', 'before']);
    // A time limit says nothing of the backup, and changes nothing.
    expect(await run(['restore', 'one.backup', '--yes', '--timeout', '1ms'])).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(/longer than 0\.001 s .*\[statement_too_long\]/),
    });
    expect(await run(['restore', 'one.backup'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[confirmation_needed]'),
    });
    const dry = await run(['restore', 'one.backup', '--dry-run']);
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.stdout).toMatch(
      /^This would replace the embedded database in \S+, whose data are lost, with one\.backup of \S+ \(\d+ tables, \d+ rows\)\. Nothing was changed\.\n$/,
    );
    expect(await run(['restore', 'one.backup'], { ask: async () => '' })).toMatchObject({ code: 3 });
    expect(await tags(config)).toEqual(['after', 'before']);
    expect(await run(['restore', 'one.backup', '--yes'])).toMatchObject({ code: 0 });
    expect(await tags(config)).toEqual(['before']);
    expect(await leftovers(config.dataDir)).toEqual([]);
  });

  it('a backup restored in place sends nothing until the database is confirmed, also when it was confirmed before', async () => {
    const { database, config, run } = await setup(harness);
    await database.close();
    expect(await run(['migrate', '--confirm-database'])).toMatchObject({ code: 0 });
    expect(await run(['backup', 'old.backup'])).toMatchObject({ code: 0 });
    for (const _ of ['first', 'second']) {
      expect(await maySend(config)).toBe(true);
      expect(await run(['restore', 'old.backup', '--yes'])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('migrate --confirm-database'),
      });
      expect(await maySend(config)).toBe(false);
      expect(await run(['list'])).toMatchObject({
        stderr: expect.stringContaining('it was restored or copied. No message is sent from it.'),
      });
      expect(await run(['migrate', '--confirm-database'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('Let messages be sent from this database, embedded database in '),
      });
      expect(await maySend(config)).toBe(false);
      expect(await run(['migrate', '--confirm-database', '--yes'])).toMatchObject({ code: 0 });
    }
    expect(await maySend(config)).toBe(true);
  });

  it('a backup that is damaged, cut or none at all leaves the database as it is', async () => {
    const { database, cwd, config, add, run } = await setup(harness);
    await add('kept');
    await database.close();
    expect(await run(['backup', 'whole.backup'])).toMatchObject({ code: 0 });
    const whole = await readFile(join(cwd, 'whole.backup'));
    const flipped = Buffer.from(whole);
    flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 0xff;
    const broken = {
      cut: whole.subarray(0, whole.length >> 1),
      'one byte short': whole.subarray(0, -1),
      'another byte': flipped,
      'no backup': Buffer.from('email,name\n'),
    };
    for (const [name, bytes] of Object.entries(broken)) {
      await writeFile(join(cwd, name), bytes);
      const refused = await run(['restore', name, '--yes']);
      expect([name, refused.code]).toEqual([name, 2]);
      expect(refused.stderr).toMatch(/^Next: /m);
    }
    expect(await tags(config)).toEqual(['kept']);
    expect(await leftovers(config.dataDir)).toEqual([]);
  });

  it('a restore that was killed leaves the old database or the new one, and no copy', async () => {
    const { database, config, add } = await setup(harness);
    await add('old');
    await database.close();
    const at = (name: string) => join(config.dataDir, name);
    await rename(at('pgdata'), at('pgdata.replaced'));
    await mkdir(at('backup-00000000-0000-0000-0000-000000000000'));
    expect(await tags(config)).toEqual(['old']);
    expect(await leftovers(config.dataDir)).toEqual([]);
    await mkdir(at('pgdata.replaced'));
    expect(await tags(config)).toEqual(['old']);
    expect(existsSync(at('pgdata.replaced'))).toBe(false);
  });

  it('a backup that cannot be written keeps the file that has its name', async () => {
    const { database, cwd, run } = await setup(harness);
    await database.close();
    await mkdir(join(cwd, 'folder'));
    for (const file of ['folder', '/dev/null', 'nowhere/x']) {
      expect(await run(['backup', file])).toMatchObject({ code: 2 });
      expect(await readdir(cwd)).toEqual(['folder', 'opsdeck-jobs.json']);
    }
  });

  it('is of an embedded database alone', async () => {
    const { run, cwd } = await setup(harness);
    const env = { HOME: cwd, DATABASE_URL: 'postgresql://u@127.0.0.1:1/x' };
    expect(await run(['restore', 'x'], { env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('pg_restore'),
    });
  });
});
