import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDatabase } from '../../../src/db/connect.ts';
import { type PostgresServer, startPostgresServer } from '../../support/postgres-server.ts';

const run = promisify(execFile);

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Is the connection encrypted? Or the code of the error. */
async function connectionWith(
  server: PostgresServer,
  parameters: Readonly<Record<string, string>>,
): Promise<unknown> {
  const url = new URL(server.url('postgres'));
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  try {
    const { db, close } = await connectDatabase(
      { kind: 'postgres', url: url.href },
      { applicationName: 'opsdeck-jobs test', waitMs: 0 },
    );
    const { rows } = await sql<{ ssl: boolean }>`
      select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(db);
    await close();
    return rows[0]?.ssl === true ? 'encrypted' : 'plain';
  } catch (error) {
    return error instanceof Error ? Reflect.get(error, 'code') : error;
  }
}

describe.skipIf(!hasOpenssl())(
  'sslmode means what libpq means by it (needs openssl to make certificates)',
  () => {
    let folder = '';
    let server: PostgresServer;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-tls-'));
      const certificateOf = async (name: string, host: string) => {
        const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
        await run('openssl', [
          ...[
            'req',
            '-x509',
            '-newkey',
            'ec',
            '-pkeyopt',
            'ec_paramgen_curve:prime256v1',
            '-nodes',
            '-days',
            '2',
          ],
          ...[
            '-subj',
            `/CN=${host}`,
            '-addext',
            `subjectAltName=DNS:${host}`,
            '-keyout',
            key,
            '-out',
            certificate,
          ],
        ]);
        return { key: await readFile(key, 'utf8'), certificate: await readFile(certificate, 'utf8') };
      };
      await certificateOf('other', 'localhost');
      const own = await certificateOf('server', 'db.example');
      await writeFile(join(folder, 'not-a-certificate'), 'nothing');
      server = await startPostgresServer(own);
    }, 300_000);

    afterAll(async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    });

    it.each([
      ['disable', {}, 'plain'],
      ['allow', {}, 'plain'],
      ['prefer', {}, 'encrypted'],
      ['require', {}, 'encrypted'],
      ['require', { sslrootcert: 'server.crt' }, 'encrypted'],
      ['require', { sslrootcert: 'other.crt' }, 'database_tls'],
      ['verify-ca', { sslrootcert: 'server.crt' }, 'encrypted'],
      ['verify-ca', { sslrootcert: 'other.crt' }, 'database_tls'],
      ['verify-ca', { sslrootcert: 'missing.crt' }, 'database_tls'],
      ['verify-full', { sslrootcert: 'server.crt' }, 'database_tls'],
      ['verify-full', { sslrootcert: 'system' }, 'database_tls'],
    ] as const)('%s %j: %s', async (sslmode, files, expected) => {
      const { sslrootcert } = { sslrootcert: undefined, ...files };
      const parameters =
        sslrootcert === undefined
          ? {}
          : { sslrootcert: sslrootcert === 'system' ? sslrootcert : join(folder, sslrootcert) };
      expect(await connectionWith(server, { sslmode, ...parameters })).toBe(expected);
    });

    it('prefer, without sslmode, encrypts where the server can', async () => {
      expect(await connectionWith(server, {})).toBe('encrypted');
    });
  },
);
