import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort, serverAccount } from './postgres-server.ts';

/** PgBouncer's program; undefined: it is not installed. */
export const pgbouncerProgram: string | undefined = [
  '/usr/sbin',
  ...(process.env['PATH'] ?? '').split(delimiter),
]
  .map((folder) => join(folder, 'pgbouncer'))
  .find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

export interface PgBouncer {
  /** URL of the same database through it. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts PgBouncer in transaction mode in front of a database, with so many connections to it. */
export async function startPgBouncer(program: string, url: string, poolSize: number): Promise<PgBouncer> {
  const target = new URL(url);
  const database = target.pathname.slice(1);
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-pgbouncer-'));
  const config = join(folder, 'pgbouncer.ini');
  await writeFile(join(folder, 'users.txt'), `"${target.username}" ""\n`);
  await writeFile(
    config,
    `[databases]
${database} = host=${target.hostname} port=${target.port} dbname=${database} user=${target.username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
auth_file = ${join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 200
`,
  );
  // Like the server, it does not run as root.
  const account = await serverAccount();
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  const child = spawn(program, [config], { ...account, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-10_000);
      if (log.includes('process up')) resolve();
    });
    child.once('error', reject);
    void ended.then(() => reject(new Error(`PgBouncer ended:\n${log}`)));
  });
  const through = new URL(url);
  through.host = `127.0.0.1:${port}`;
  return {
    url: through.href,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
