import { userInfo } from 'node:os';
import type pg from 'pg';
import { usage } from '../../errors/usage.ts';
import { fromServer, isTlsUnsupported, sqlState } from '../errors.ts';
import { type ConnectionTarget, parseConnectionUrl } from './connection-url.ts';
import { localHost } from './local-host.ts';
import { readPassFile } from './pass-file.ts';
import type { ServerIdentity } from './postgres-connection.ts';
import { jobLimits, type PoolLimits, PostgresSource } from './postgres-source.ts';
import { tlsAttempts } from './tls.ts';

/**
 * Connects to a PostgreSQL server as libpq would with this URL.
 *
 * @param signal ends the attempt, also at a server that never answers.
 * @throws OperatorError, which never holds the password; the reason of the signal.
 */
export async function openPostgres(
  url: string,
  applicationName: string,
  { connections, signal }: { readonly connections?: number; readonly signal?: AbortSignal } = {},
): Promise<PostgresSource> {
  const target = parseConnectionUrl(url);
  const user = target.user ?? ownUserName();
  const database = target.database ?? user;
  const host = target.host ?? localHost(target.port);
  const place = host.startsWith('/') ? host : `${host.includes(':') ? `[${host}]` : host}:${target.port}`;
  const identity: ServerIdentity = { label: `PostgreSQL ${database} at ${place}`, role: user };
  const settings: pg.ClientConfig = {
    host,
    port: target.port,
    user,
    database,
    // A function even without a password: the driver would read ~/.pgpass in its own way, with a warning on stderr.
    password:
      target.password ??
      (() => readPassFile(target.passFile, { host, port: target.port, database, user }) ?? ''),
    ...(target.options === undefined ? {} : { options: target.options }),
    sslnegotiation: 'postgres',
    application_name: applicationName,
    connectionTimeoutMillis: target.connectTimeoutSeconds * 1000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
  };
  const limits = connections === undefined ? jobLimits : { ...jobLimits, connections };
  return firstThatConnects({ ...target, host }, settings, identity, limits, signal);
}

/** As libpq: who is not named in the URL is called as on this machine. A container's user may have no name there. */
function ownUserName(): string {
  try {
    return userInfo().username;
  } catch {
    throw usage(
      'DATABASE_URL names no user, and the user of this process has no name on this machine.',
      'Set DATABASE_URL with a user: postgresql://USER@HOST/DATABASE',
      'database_user_unknown',
    );
  }
}

async function firstThatConnects(
  target: ConnectionTarget,
  settings: pg.ClientConfig,
  identity: ServerIdentity,
  limits: PoolLimits,
  signal: AbortSignal | undefined,
): Promise<PostgresSource> {
  let refusal: unknown;
  for (const ssl of tlsAttempts(target)) {
    signal?.throwIfAborted();
    const source = new PostgresSource({ ...settings, ssl }, identity, limits);
    const abort = () => source.abandonLogin();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await source.probe();
      return source;
    } catch (error) {
      await source.end();
      signal?.throwIfAborted();
      if (refusal === undefined || !isTlsUnsupported(error)) refusal = error;
      if (!dependsOnTls(error)) break;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }
  throw fromServer(refusal, identity.label, identity.role);
}

/** Could the other way to connect, with or without TLS, fare better? */
function dependsOnTls(error: unknown): boolean {
  if (isTlsUnsupported(error)) return true;
  // No line of pg_hba.conf for this way.
  if (sqlState(error) === '28000') return true;
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' && /^(ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO)/.test(code);
}
