import { createServer } from 'node:net';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import type { DatabaseConfig } from '../../../src/config/config.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { openDatabase } from '../../../src/db/open-migrated.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';
import { onPostgres } from '../../support/databases.ts';
import { passwordRole } from '../../support/postgres-server.ts';

const secret = 'correct-horse-battery';

function urlOf(config: DatabaseConfig, change: (url: URL) => void): DatabaseConfig {
  if (config.kind !== 'postgres') throw new Error('a PostgreSQL database was expected');
  const url = new URL(config.url);
  change(url);
  return {
    kind: 'postgres', // URLSearchParams writes a space as +, which libpq reads as a plus.
    url: url.href.replaceAll('+', '%20'),
  };
}

async function open(config: DatabaseConfig): Promise<OpenDatabase> {
  const database = await openDatabase(config, {
    applicationName: 'opsdeck-jobs test',
    waitMs: 0,
    storedTimezone: undefined,
  });
  onTestFinished(() => database.close());
  return database;
}

async function refusal(config: DatabaseConfig): Promise<OperatorError> {
  const thrown: unknown = await open(config).catch((error: unknown) => error);
  if (!(thrown instanceof OperatorError)) throw new Error(`not an OperatorError: ${String(thrown)}`);
  expect([thrown.message, thrown.next, thrown.stack, String(thrown.cause)].join()).not.toContain(secret);
  return thrown;
}

/** Accepts connections and does nothing, or what it is told; closed with the test. */
async function listener(onConnection: (write: (bytes: Buffer) => void) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => onConnection((bytes) => socket.write(bytes)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

onPostgres((harness) => {
  it('a server that is down: unavailable, try again later', async () => {
    const config = urlOf(await harness.config(), (url) => {
      url.port = '1';
      url.password = secret;
    });
    const error = await refusal(config);
    expect(error).toMatchObject({ code: 'database_unavailable', exitCode: 6 });
    expect(error.message).toMatch(
      /^PostgreSQL \w+ at 127\.0\.0\.1:1 is not available: the connection was refused\.$/,
    );
  });

  it('an unknown host', async () => {
    const error = await refusal({ kind: 'postgres', url: `postgresql://u:${secret}@no-such-host.invalid/d` });
    expect(error).toMatchObject({ code: 'database_unavailable', exitCode: 6 });
  });

  it('a host that accepts and never answers runs into the connect timeout', async () => {
    const port = await listener(() => undefined);
    const error = await refusal({
      kind: 'postgres',
      url: `postgresql://u:${secret}@127.0.0.1:${port}/d?connect_timeout=1`,
    });
    expect(error).toMatchObject({ code: 'database_unavailable', exitCode: 6 });
    expect(error.message).toContain('did not answer in time');
  });

  it('a host that accepts and never answers is not waited for once asked to stop', async () => {
    const controller = new AbortController();
    const port = await listener(() => controller.abort(new Error('told to stop')));
    const attempt = openDatabase(
      { kind: 'postgres', url: `postgresql://u:${secret}@127.0.0.1:${port}/d?connect_timeout=9999` },
      {
        applicationName: 'opsdeck-jobs test',
        waitMs: 0,
        storedTimezone: undefined,
        signal: controller.signal,
      },
    );
    await expect(attempt).rejects.toThrow('told to stop');
  });

  it('a wrong password, and none at all', async () => {
    const admin = await harness.fresh();
    await sql.raw(`drop role if exists ${passwordRole}`).execute(admin.db);
    await sql.raw(`create role ${passwordRole} login password 'right'`).execute(admin.db);
    const wrong = await refusal(
      urlOf(harness.configOf(admin), (url) => {
        url.username = passwordRole;
        url.password = secret;
      }),
    );
    expect(wrong).toMatchObject({ code: 'database_login_refused', exitCode: 2 });
    const none = await refusal(
      urlOf(harness.configOf(admin), (url) => {
        url.username = passwordRole;
      }),
    );
    expect(none).toMatchObject({ code: 'database_login_refused', exitCode: 2 });
    await sql.raw(`drop role ${passwordRole}`).execute(admin.db);
  });

  it('an unknown database and an unknown role', async () => {
    const config = await harness.config();
    expect(
      await refusal(
        urlOf(config, (url) => {
          url.pathname = '/no_such_database';
        }),
      ),
    ).toMatchObject({ code: 'database_unknown', exitCode: 2 });
    expect(
      await refusal(
        urlOf(config, (url) => {
          url.username = 'no_such_role';
        }),
      ),
    ).toMatchObject({ code: 'database_login_refused', exitCode: 2 });
  });

  it('a role without rights: names the table, the role and the grant', async () => {
    const admin = await harness.fresh();
    const role = `reader_${process.pid}`;
    await sql.raw(`create role ${role} login`).execute(admin.db);
    await sql.raw(`grant usage on schema opsdeck_jobs to ${role}`).execute(admin.db);
    await sql.raw(`grant select on all tables in schema opsdeck_jobs to ${role}`).execute(admin.db);
    const database = await open(
      urlOf(harness.configOf(admin), (url) => {
        url.username = role;
      }),
    );
    await expect(database.db.selectFrom('framework').selectAll().execute()).rejects.toMatchObject({
      code: 'permission_denied',
      exitCode: 2,
      message: expect.stringMatching(new RegExp(`The role ${role} .* permission denied for table framework`)),
      next: expect.stringContaining(`on table framework to the role ${role}`),
    });
    await database.close();
    await sql.raw(`drop owned by ${role}`).execute(admin.db);
    await sql.raw(`drop role ${role}`).execute(admin.db);
  });

  it('a database that is not migrated is only migrated by migrate', async () => {
    for (const template of ['empty', 'opsdeck'] as const) {
      expect(await refusal(await harness.config(template))).toMatchObject({
        code: 'not_migrated',
        exitCode: 2,
        next: 'Run: opsdeck-jobs migrate',
      });
    }
  });

  it('a search path that hides the tables, or shows others of the same name', async () => {
    const admin = await harness.fresh();
    await sql.raw('create schema elsewhere; create table elsewhere.framework (id int)').execute(admin.db);
    const config = urlOf(harness.configOf(admin), (url) => {
      url.searchParams.set('options', '-c search_path=elsewhere,public');
    });
    const error = await refusal(config);
    expect(error).toMatchObject({ code: 'database_search_path', exitCode: 2 });
    expect(error.message).toContain('these tables of schema public: framework.');
  });

  it('a date style that cannot be read safely', async () => {
    const config = urlOf(await harness.config(), (url) => {
      url.searchParams.set('options', '-c datestyle=German');
    });
    expect(await refusal(config)).toMatchObject({ code: 'database_date_style', exitCode: 2 });
  });

  it('finds the zone that stored timestamps are written in, whatever this machine thinks', async () => {
    const config = await harness.config();
    expect((await open(config)).storedZone).toBe('UTC');
    const madrid = urlOf(config, (url) => {
      url.searchParams.set('options', '-c timezone=Europe/Madrid');
    });
    expect((await open(madrid)).storedZone).toBe('Europe/Madrid');
    const database = await openDatabase(madrid, {
      applicationName: 'opsdeck-jobs test',
      waitMs: 0,
      storedTimezone: 'Asia/Tokyo',
    });
    onTestFinished(() => database.close());
    expect(database.storedZone).toBe('Asia/Tokyo');
  });

  it('names itself to the server', async () => {
    const { db } = await open(await harness.config());
    const { rows } =
      await sql`select application_name from pg_stat_activity where pid = pg_backend_pid()`.execute(db);
    expect(rows).toEqual([{ application_name: 'opsdeck-jobs test' }]);
  });

  it('a server that refuses TLS: prefer goes on without, require refuses', async () => {
    const config = await harness.config();
    await open(urlOf(config, (url) => url.searchParams.set('sslmode', 'prefer')));
    await open(urlOf(config, (url) => url.searchParams.set('sslmode', 'allow')));
    expect(await refusal(urlOf(config, (url) => url.searchParams.set('sslmode', 'require')))).toMatchObject({
      code: 'database_tls',
      exitCode: 2,
    });
  });
});
