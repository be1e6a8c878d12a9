import { chown, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ConnectedDatabase, connectDatabase } from '../../../src/db/connect.ts';
import { sqlState } from '../../../src/db/errors.ts';
import { serverTroubles } from '../../../src/db/server-troubles.ts';
import type { Database } from '../../../src/db/tables.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';
import { gate } from '../../support/loop.ts';
import { type PostgresServer, passwordRole, startPostgresServer } from '../../support/postgres-server.ts';
import { missingForSmallDisk, mountSmallDisk } from '../../support/small-disk.ts';
import { until } from '../../support/until.ts';

let server: PostgresServer;
let admin: ConnectedDatabase;

beforeAll(async () => {
  server = await startPostgresServer();
  admin = await connect();
  await run('create table thing (id integer primary key, name text)');
  await run("insert into thing values (1, 'a'), (2, 'b')");
});

afterAll(async () => {
  await admin.close();
  await server.stop();
});

interface Login {
  readonly role?: string;
  readonly password?: string;
  readonly database?: string;
  /** As in `-c statement_timeout=50`. */
  readonly settings?: Readonly<Record<string, string>>;
}

function connect({
  role,
  password,
  database = 'postgres',
  settings = {},
}: Login = {}): Promise<ConnectedDatabase> {
  const url = new URL(server.url(database));
  if (role !== undefined) url.username = role;
  if (password !== undefined) url.password = password;
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  if (options.length > 0) url.search = `options=${encodeURIComponent(options.join(' '))}`;
  return connectDatabase({ kind: 'postgres', url: url.href }, { applicationName: 'troubles', waitMs: 0 });
}

const run = (statement: string, db: Kysely<Database> = admin.db) => sql.raw(statement).execute(db);

/** Another connection, closed after the test. */
async function other(login?: Login): Promise<Kysely<Database>> {
  const connected = await connect(login);
  onTestFinished(() => connected.close());
  return connected.db;
}

async function filesOf(table: string): Promise<string> {
  const { rows } = await sql<{ path: string }>`
    select current_setting('data_directory') || '/' || pg_relation_filepath(${table}) as path`.execute(
    admin.db,
  );
  return rows[0]?.path ?? '';
}

/** Does what makes the server say it. `unseen`: the driver hears it between two statements, and has its own words afterwards. */
interface Provocation {
  readonly provoke: () => Promise<unknown>;
  readonly unseen?: true;
}

const provocations: Readonly<Record<string, Provocation>> = {
  '25006': {
    provoke: async () =>
      run(
        "insert into thing values (3, 'c')",
        await other({ settings: { default_transaction_read_only: 'on' } }),
      ),
  },
  '28000': {
    provoke: async () => {
      await run('create role outsider nologin');
      return connect({ role: 'outsider' });
    },
  },
  '28P01': {
    provoke: async () => {
      await run(`create role ${passwordRole} login password 'right'`);
      return connect({ role: passwordRole, password: 'wrong' });
    },
  },
  '3D000': { provoke: () => connect({ database: 'nowhere' }) },
  '40001': {
    provoke: async () => {
      const trx = await (await other()).startTransaction().setIsolationLevel('repeatable read').execute();
      onTestFinished(async () => {
        await trx.rollback().execute();
      });
      await run('select * from thing', trx);
      await run("update thing set name = 'x' where id = 1");
      return run("update thing set name = 'y' where id = 1", trx);
    },
  },
  '40P01': {
    provoke: async () => {
      const settings = { deadlock_timeout: '50' };
      const one = await (await other({ settings })).startTransaction().execute();
      const two = await (await other({ settings })).startTransaction().execute();
      await run('select from thing where id = 1 for update', one);
      await run('select from thing where id = 2 for update', two);
      const attempts = await Promise.allSettled([
        run('select from thing where id = 2 for update', one),
        run('select from thing where id = 1 for update', two).finally(() => two.rollback().execute()),
      ]);
      await one.rollback().execute();
      const loser = attempts.find((attempt) => attempt.status === 'rejected');
      if (loser !== undefined) throw loser.reason;
    },
  },
  '53200': {
    provoke: () => run('select count(pg_advisory_xact_lock(n)::text) from generate_series(1, 1000000) n'),
  },
  '53300': {
    provoke: async () => {
      await run('create role crowded login connection limit 1');
      await other({ role: 'crowded' });
      return connect({ role: 'crowded' });
    },
  },
  '53400': {
    provoke: async () =>
      run(
        'select count(*) from (select n from generate_series(1, 300000) n order by n desc offset 1) s',
        await other({ settings: { temp_file_limit: '64', work_mem: '64' } }),
      ),
  },
  '55000': {
    provoke: async () => {
      await run('create database shut');
      await run('alter database shut allow_connections false');
      return connect({ database: 'shut' });
    },
  },
  '55P03': {
    provoke: async () => {
      const holder = await (await other()).startTransaction().execute();
      onTestFinished(async () => {
        await holder.rollback().execute();
      });
      await run('lock table thing', holder);
      return run('select * from thing', await other({ settings: { lock_timeout: '50' } }));
    },
  },
  '57014': {
    provoke: async () => run('select pg_sleep(60)', await other({ settings: { statement_timeout: '50' } })),
  },
  '57P01': { provoke: async () => run('select pg_terminate_backend(pg_backend_pid())', await other()) },
  '57P05': {
    unseen: true,
    provoke: async () => {
      const db = await other({ settings: { idle_session_timeout: '50' } });
      return db.connection().execute(async (held) => {
        await run('select 1', held);
        await untilNobody('idle');
        return run('select 1', held);
      });
    },
  },
  '58P01': {
    provoke: async () => {
      await run('create table lost as select 1 as one');
      await run('checkpoint');
      await rm(await filesOf('lost'));
      return run('select * from lost', await other());
    },
  },
  XX001: {
    provoke: async () => {
      await run('create table spoilt as select 1 as one');
      // What it writes is not kept in memory.
      await run('vacuum full spoilt');
      await run('checkpoint');
      const file = await filesOf('spoilt');
      const { size } = await stat(file);
      await truncate(file, 0);
      await writeFile(file, Buffer.alloc(size, 'x'), { flag: 'r+' });
      return run('select * from spoilt', await other());
    },
  },
};

/** Nobody but the test's own connection is in this state any more. */
async function untilNobody(state: string): Promise<void> {
  await until(
    async () =>
      (
        await sql<{ left: number }>`
          select count(*)::integer as left from pg_stat_activity
           where application_name = 'troubles' and state = ${state} and pid <> pg_backend_pid()`.execute(
          admin.db,
        )
      ).rows[0]?.left,
    (left) => left === 0,
  );
}

async function errorOf(attempt: Promise<unknown>): Promise<OperatorError> {
  const error: unknown = await attempt.then(
    () => new Error('it went well'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof OperatorError) return error;
  throw error;
}

function expectTrouble(error: OperatorError, state: string): void {
  const { code, exitCode, next } = serverTroubles[state] ?? {};
  expect({ code: error.code, exitCode: error.exitCode, next: error.next }).toEqual({ code, exitCode, next });
  expect(error.message).toMatch(/PostgreSQL \w+ at 127\.0\.0\.1:\d+.*\.$/);
}

describe('what a real server answers is an error that the operator can act on', () => {
  it.each(Object.entries(provocations))('%s', async (state, { provoke, unseen }) => {
    const error = await errorOf(provoke());
    expectTrouble(error, state);
    if (unseen === undefined) expect(sqlState(error.cause)).toBe(state);
  });

  describe.skipIf(missingForSmallDisk() !== undefined)(
    `on a full disk; needs ${missingForSmallDisk() ?? 'a file system of its own'}`,
    () => {
      it('53100, also at the login', async () => {
        const disk = await mountSmallDisk(24);
        onTestFinished(disk.remove);
        const { rows } = await sql<{ folder: string }>`
          select current_setting('data_directory') as folder`.execute(admin.db);
        const { uid, gid } = await stat(rows[0]?.folder ?? '');
        await chown(disk.path, uid, gid);
        await run(`create tablespace small location '${disk.path}'`);
        await run('create database small tablespace small');
        const inside = await connect({ database: 'small' });
        await disk.fill(0);
        const full = await errorOf(
          run("create table t as select repeat('x', 1000) from generate_series(1, 5000)", inside.db),
        );
        await inside.close();
        expectTrouble(full, '53100');
        expect(sqlState(full.cause)).toBe('53100');
        await disk.drain();
        // A login writes the file that a change of the catalog removed: of any fault of a server it has the SQLSTATE.
        const names = await readdir(disk.path, { recursive: true });
        const initFile = names.find((name) => basename(name) === 'pg_internal.init') ?? 'no file';
        await rm(join(disk.path, initFile));
        await disk.fill(0);
        const refused = await errorOf(connect({ database: 'small' }));
        expectTrouble(refused, '53100');
        expect(sqlState(refused.cause)).toBe('XX000');
        expect(refused.cause).toMatchObject({
          message: expect.stringContaining('could not write init file'),
        });
        await disk.drain();
        await (await connect({ database: 'small' })).close();
        await run('drop database small with (force)');
        await run('drop tablespace small');
      });
    },
  );

  it('57P02: a server that restarts because one of its processes was killed', async () => {
    const db = await other();
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(admin.db);
    const started = gate();
    const waiting = db.connection().execute(async (held) => {
      started.open();
      return run('select pg_sleep(60)', held);
    });
    await started.opened;
    process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
    expectTrouble(await errorOf(waiting), '57P02');
    await until(
      () =>
        connect().then(
          (connected) => connected.close().then(() => true),
          () => false,
        ),
      (back) => back,
    );
  });

  it('57P03: a server that is shutting down', async () => {
    const { rows } = await sql<{ pid: number }>`
      select split_part(pg_read_file('postmaster.pid'), E'\n', 1)::integer as pid`.execute(admin.db);
    const last = await (await other()).startTransaction().execute();
    await run('select 1', last);
    process.kill(rows[0]?.pid ?? 0, 'SIGTERM');
    const refused = () =>
      connect().then(
        (connected) => connected.close().then(() => undefined),
        (error: unknown) => error,
      );
    const error = await until(refused, (thrown) => thrown !== undefined);
    if (!(error instanceof OperatorError)) throw error;
    expectTrouble(error, '57P03');
    expect(sqlState(error.cause)).toBe('57P03');
    await last.rollback().execute();
  });

  it('each row of the table is among them', () => {
    const provoked = [...Object.keys(provocations), '53100', '57P02', '57P03'];
    expect(provoked.toSorted()).toEqual(Object.keys(serverTroubles).toSorted());
  });
});
