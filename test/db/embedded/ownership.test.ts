import { once } from 'node:events';
import { watch } from 'node:fs';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../../src/db/open-migrated.ts';
import { startDatabaseProcess } from '../../support/database-process.ts';
import { type DatabaseHarness, onEmbedded } from '../../support/databases.ts';

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(inject('scratch'), 'data-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function dataDirOf(harness: DatabaseHarness): Promise<string> {
  const config = await harness.config();
  if (config.kind !== 'embedded') throw new Error('an embedded database was expected');
  return config.dataDir;
}

function open(dataDir: string, waitMs = 0) {
  return openDatabase(
    { kind: 'embedded', dataDir },
    { applicationName: 'opsdeck-jobs test', waitMs, storedTimezone: undefined },
  );
}

onEmbedded((harness) => {
  it('two processes at once: the second is refused, names the first, and the data is intact', async () => {
    const dataDir = await dataDirOf(harness);
    const first = await startDatabaseProcess(dataDir);
    expect(await first.next()).toMatchObject({ event: 'open', pid: first.child.pid });
    const second = await startDatabaseProcess(dataDir);
    const refusal = await second.next();
    expect(refusal).toMatchObject({ event: 'error', code: 'database_held', exitCode: 3 });
    expect(refusal['message']).toContain(`process ${first.child.pid} (opsdeck-jobs test-holder, since `);
    expect(await first.ask('store a')).toEqual({ event: 'stored' });
    expect(await first.ask('list')).toMatchObject({ tags: ['a'] });
  });

  it('the same process cannot open a folder twice either', async () => {
    const dataDir = await dataDirOf(harness);
    const first = await open(dataDir);
    onTestFinished(() => first.close());
    await expect(open(dataDir)).rejects.toMatchObject({ code: 'database_held', exitCode: 3 });
  });

  it('a process that waits gets the folder when the owner leaves, with what it wrote', async () => {
    const dataDir = await dataDirOf(harness);
    const first = await startDatabaseProcess(dataDir);
    await first.next();
    const second = await startDatabaseProcess(dataDir, { waitMs: 600_000 });
    expect(await second.next()).toMatchObject({ event: 'notice' });
    await first.ask('store a');
    expect(await first.ask('close')).toEqual({ event: 'closed' });
    expect(await second.next()).toMatchObject({ event: 'open' });
    expect(await second.ask('list')).toMatchObject({ tags: ['a'] });
  });

  it('an owner that leaves soon is waited for without being asked to, until it leaves or the waiting is stopped', async () => {
    const dataDir = await dataDirOf(harness);
    const stop = new AbortController();
    const attempt = (options: { readonly stay?: 'brief' | 'daemon'; readonly signal?: AbortSignal }) =>
      openDatabase(
        { kind: 'embedded', dataDir },
        { applicationName: 'opsdeck-jobs test', storedTimezone: undefined, ...options },
      );
    const first = await attempt({ stay: 'brief' });
    const stopped = expect(attempt({ signal: stop.signal })).rejects.toThrow('told to stop');
    stop.abort(new Error('told to stop'));
    await stopped;
    const waiting = attempt({ stay: 'daemon' });
    await first.close();
    const second = await waiting;
    onTestFinished(() => second.close());
    // A second daemon is a mistake, and a command that the first cannot run is refused as before.
    await expect(attempt({ stay: 'daemon' })).rejects.toMatchObject({ code: 'database_held' });
  });

  it('a killed owner is taken over: what it committed is there, what it had not is lost, its runs are interrupted', async () => {
    const dataDir = await dataDirOf(harness);
    const first = await startDatabaseProcess(dataDir);
    await first.next();
    await first.ask('store committed');
    await first.ask('run compliance-drift');
    await first.ask('begin uncommitted');
    await first.kill('SIGKILL');
    const second = await startDatabaseProcess(dataDir);
    expect(await second.next()).toMatchObject({ event: 'open' });
    expect(await second.ask('list')).toMatchObject({
      tags: ['committed'],
      runs: [{ job: 'compliance-drift', status: 'interrupted', error_code: 'interrupted' }],
    });
  });

  it('of several processes that find the owner dead at the same moment, exactly one takes over', async () => {
    const dataDir = await dataDirOf(harness);
    const dead = await startDatabaseProcess(dataDir);
    await dead.next();
    await dead.ask('store a');
    await dead.kill('SIGKILL');
    const rivals = await Promise.all(Array.from({ length: 5 }, () => startDatabaseProcess(dataDir)));
    const outcomes = await Promise.all(rivals.map((rival) => rival.next()));
    const events = outcomes.map((outcome) => outcome['code'] ?? outcome.event).sort();
    expect(events).toEqual(['database_held', 'database_held', 'database_held', 'database_held', 'open']);
    const winner = rivals[outcomes.findIndex((outcome) => outcome.event === 'open')];
    expect(await winner?.ask('list')).toMatchObject({ tags: ['a'] });
  });

  it('a stopped owner cannot answer, but counts as alive', async () => {
    const dataDir = await dataDirOf(harness);
    const first = await startDatabaseProcess(dataDir);
    await first.next();
    await first.kill('SIGSTOP');
    await expect(open(dataDir)).rejects.toMatchObject({
      code: 'database_held',
      message: expect.stringContaining(`process ${first.child.pid} `),
    });
    await first.kill('SIGCONT');
    expect(await first.ask('list')).toMatchObject({ event: 'list' });
  });

  it.each([1, process.pid])(
    'a claim of a living pid (%i) without its socket is a dead owner: pids are reused, and 1 in every container',
    async (pid) => {
      const dataDir = await dataDirOf(harness);
      const claim = { pid, command: 'daemon', startedAt: '2026-01-01T00:00:00Z', socket: 'owner-gone.sock' };
      await writeFile(join(dataDir, 'claim-900.json'), JSON.stringify(claim));
      const database = await open(dataDir);
      await database.close();
      expect(await readdir(dataDir)).toContain('claim-901.json');
    },
  );

  it('what crashed attempts left in the folder does no harm, and is removed', async () => {
    const dataDir = await dataDirOf(harness);
    await writeFile(join(dataDir, 'draft-of-a-crashed-attempt'), '{');
    await writeFile(join(dataDir, 'owner-of-a-crashed-attempt.sock'), '');
    const claim = { pid: 1, command: 'daemon', startedAt: '2026-01-01T00:00:00Z', socket: 'owner-gone.sock' };
    await writeFile(join(dataDir, 'claim-40.json'), JSON.stringify(claim));
    await writeFile(join(dataDir, 'claim-41.json'), JSON.stringify(claim));
    await (await open(dataDir)).close();
    expect((await readdir(dataDir)).sort()).toEqual(['claim-42.json', 'pgdata']);
  });

  it('a process killed while PostgreSQL made its own lock file does not shut the database', async () => {
    const dataDir = await dataDirOf(harness);
    await writeFile(join(dataDir, 'pgdata', 'postmaster.pid'), '');
    await (await open(dataDir)).close();
  });

  it('a database of another PostgreSQL version is named as that: no backup would help', async () => {
    const dataDir = await dataDirOf(harness);
    await writeFile(join(dataDir, 'pgdata', 'PG_VERSION'), '16\n');
    await expect(open(dataDir)).rejects.toMatchObject({
      code: 'embedded_other_postgres',
      message: expect.stringContaining('was made by PostgreSQL 16, and this version of opsdeck-jobs has'),
    });
  });

  it('a crash while the database is first made is made good by the next start', async () => {
    const dataDir = join(await newFolder(), 'data');
    await mkdir(dataDir, { mode: 0o700 });
    const making = new Promise<void>((resolve) => {
      const watcher = watch(dataDir, (_, name) => {
        if (name !== 'pgdata.new') return;
        watcher.close();
        resolve();
      });
    });
    const first = await startDatabaseProcess(dataDir);
    await making;
    await first.kill('SIGKILL');
    expect(await readdir(dataDir)).toContain('pgdata.new');
    const second = await startDatabaseProcess(dataDir);
    expect(await second.next()).toMatchObject({ event: 'notice' });
    expect(await second.next()).toMatchObject({ event: 'open' });
    expect(await second.ask('list')).toMatchObject({ tags: [] });
    expect(await readdir(dataDir)).not.toContain('pgdata.new');
  }, 300_000);

  it('making a database ends at once when asked to stop, and the next start makes it', async () => {
    const dataDir = join(await newFolder(), 'data');
    await mkdir(dataDir, { mode: 0o700 });
    const controller = new AbortController();
    const watcher = watch(dataDir, (_, name) => {
      if (name === 'pgdata.new') controller.abort(new Error('told to stop'));
    });
    onTestFinished(() => watcher.close());
    const attempt = openDatabase(
      { kind: 'embedded', dataDir },
      {
        applicationName: 'opsdeck-jobs test',
        waitMs: 0,
        storedTimezone: undefined,
        signal: controller.signal,
      },
    );
    await expect(attempt).rejects.toThrow('told to stop');
    expect(await readdir(dataDir)).not.toContain('pgdata');
    await (await open(dataDir)).close();
  }, 300_000);

  it('works in a folder whose path is longer than a socket may have', async () => {
    const parent = join(await newFolder(), 'a-folder-with-a-long-name-'.repeat(8));
    await mkdir(parent);
    const dataDir = join(parent, 'data');
    await rename(await dataDirOf(harness), dataDir);
    const owner = await startDatabaseProcess(dataDir);
    expect(await owner.next()).toMatchObject({ event: 'open' });
    await expect(open(dataDir)).rejects.toMatchObject({ code: 'database_held' });
    await owner.kill('SIGKILL');
    await (await open(dataDir)).close();
  });

  it('an owner survives clients that talk nonsense or hang up', async () => {
    const dataDir = await dataDirOf(harness);
    const owner = await startDatabaseProcess(dataDir);
    await owner.next();
    const [socket = ''] = (await readdir(dataDir)).filter((name) => name.endsWith('.sock'));
    const answer = await new Promise<string>((resolve) => {
      const client = connect(join(dataDir, socket), () => client.write('nonsense\n'));
      client.once('data', (bytes) => resolve(String(bytes)));
    });
    expect(JSON.parse(answer)).toEqual({ error: 'unknown request' });
    for (let n = 0; n < 20; n++) {
      await new Promise<void>((resolve) => {
        const client = connect(join(dataDir, socket), () => {
          client.write('{"request":"hello"}\n');
          client.destroy();
        });
        client.once('close', () => resolve());
      });
    }
    expect(await owner.ask('list')).toMatchObject({ event: 'list' });
  });

  it('an owner leaves although somebody keeps a connection to it open', async () => {
    const dataDir = await dataDirOf(harness);
    const database = await open(dataDir);
    const [socket = ''] = (await readdir(dataDir)).filter((name) => name.endsWith('.sock'));
    const client = connect(join(dataDir, socket));
    client.on('error', () => undefined);
    onTestFinished(() => {
      client.destroy();
    });
    client.write('{"request":"hello"}\n');
    await once(client, 'data');
    const cut = once(client, 'close');
    await database.close();
    await cut;
  });

  it.each(['claim-007.json', 'claim-0.json', 'claim-9999999999999999.json'])(
    'a file called %s is no claim: no program of ours writes such a number',
    async (name) => {
      const dataDir = await dataDirOf(harness);
      await writeFile(join(dataDir, name), '{}');
      await (await open(dataDir)).close();
      const claims = (await readdir(dataDir)).filter((one) => one.startsWith('claim-'));
      expect(claims).toEqual([expect.stringMatching(/^claim-[1-9]\.json$/)]);
    },
  );

  it('a claim that is listed and never there ends with an error, not with looking for ever', async () => {
    const dataDir = await dataDirOf(harness);
    await symlink(join(dataDir, 'nowhere'), join(dataDir, 'claim-5.json'));
    await expect(open(dataDir)).rejects.toMatchObject({
      code: 'data_dir_unusable',
      exitCode: 2,
      message: expect.stringContaining('claim-5.json'),
    });
  });

  it('a folder with files of others is refused and left as it is', async () => {
    const folder = await newFolder();
    await chmod(folder, 0o755);
    await writeFile(join(folder, 'draft-of-a-letter.txt'), 'Dear');
    await expect(open(folder)).rejects.toMatchObject({
      code: 'data_dir_unusable',
      exitCode: 2,
      next: expect.stringContaining(join(folder, 'opsdeck-jobs')),
    });
    expect((await stat(folder)).mode & 0o777).toBe(0o755);
    expect(await readdir(folder)).toEqual(['draft-of-a-letter.txt']);
  });

  it('a folder that all users of the machine share, such as /tmp, is refused even while it is empty', async () => {
    const folder = await newFolder();
    await chmod(folder, 0o1777);
    await expect(open(folder)).rejects.toMatchObject({ code: 'data_dir_unusable', exitCode: 2 });
    expect((await stat(folder)).mode & 0o7777).toBe(0o1777);
  });

  it('an empty folder that is there already becomes private', async () => {
    const folder = await newFolder();
    await chmod(folder, 0o755);
    await mkdir(join(folder, 'lost+found'));
    await (await open(folder)).close();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  }, 300_000);

  it.skipIf(process.getuid?.() !== 0)(
    'a folder of another user is refused, also by root and also a private one: no program there receives anything',
    async () => {
      const folder = await newFolder();
      await chmod(folder, 0o755);
      await chown(folder, 65_534, 65_534);
      await expect(open(folder)).rejects.toMatchObject({ code: 'data_dir_unusable', exitCode: 2 });
      expect((await stat(folder)).mode & 0o777).toBe(0o755);
      await chmod(folder, 0o700);
      await expect(open(folder)).rejects.toMatchObject({ code: 'data_dir_unusable', exitCode: 2 });
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it('keeps other users of the machine out', async () => {
    const dataDir = await dataDirOf(harness);
    await chmod(dataDir, 0o755);
    const database = await open(dataDir);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    const sockets = (await readdir(dataDir)).filter((name) => name.endsWith('.sock'));
    expect(sockets).toHaveLength(1);
    for (const socket of sockets) expect((await stat(join(dataDir, socket))).mode & 0o777).toBe(0o600);
    await database.close();
    expect((await readdir(dataDir)).filter((name) => name.endsWith('.sock'))).toEqual([]);
  });

  it('reports what is wrong with a folder that cannot be used', async () => {
    const folder = await newFolder();
    const file = join(folder, 'file');
    await writeFile(file, 'not a folder');
    await expect(open(file)).rejects.toMatchObject({ code: 'data_dir_unusable', exitCode: 2 });
    await expect(open(join(file, 'data'))).rejects.toMatchObject({ code: 'data_dir_unusable', exitCode: 2 });
    expect(await readFile(file, 'utf8')).toBe('not a folder');
  });

  it.skipIf(process.getuid?.() !== 0)(
    'reports that it may not write there (needs root, to be somebody else)',
    async () => {
      const folder = await newFolder();
      await chmod(folder, 0o755);
      const process = await startDatabaseProcess(join(folder, 'data'), { uid: 65_534 });
      expect(await process.next()).toMatchObject({ event: 'error', code: 'data_dir_unusable', exitCode: 2 });
    },
  );
});
