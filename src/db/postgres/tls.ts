import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { usage } from '../../errors/usage.ts';
import { ownHomeFolder } from '../../files/home-folder.ts';
import { readNamedFile } from '../../files/read-small-file.ts';
import type { ConnectionTarget } from './connection-url.ts';

/** One way to connect: without TLS (false) or with these options. */
export type TlsAttempt = false | ConnectionOptions;

/**
 * What libpq means by `sslmode`: the ways to connect, in order. There is a second way only where the mode leaves the
 * choice to the server. Nothing is encrypted on a unix socket.
 *
 * `require` encrypts without looking at the certificate, unless there is a root certificate: then it is `verify-ca`.
 */
export function tlsAttempts(target: ConnectionTarget): readonly TlsAttempt[] {
  if (target.host?.startsWith('/') === true) return [false];
  switch (target.sslMode) {
    case 'disable':
      return [false];
    case 'allow':
      return [false, unverified(target)];
    case 'prefer':
      return [unverified(target), false];
    case 'require':
      return [rootCertificate(target) === undefined ? unverified(target) : sameAuthority(target)];
    case 'verify-ca':
      return [sameAuthority(target)];
    case 'verify-full':
      return [{ ...clientCertificate(target), ...authority(target), rejectUnauthorized: true }];
    default:
      return target.sslMode satisfies never;
  }
}

function unverified(target: ConnectionTarget): ConnectionOptions {
  return { ...clientCertificate(target), rejectUnauthorized: false };
}

/** The certificate must come from the authority; whose name is in it does not matter. */
function sameAuthority(target: ConnectionTarget): ConnectionOptions {
  return {
    ...clientCertificate(target),
    ...authority(target),
    rejectUnauthorized: true,
    checkServerIdentity: () => undefined,
  };
}

function authority(target: ConnectionTarget): ConnectionOptions {
  // libpq's word for the system's own list of authorities; Node uses its list when none is given.
  if (target.sslRootCert === 'system') return {};
  const file = rootCertificate(target);
  if (file !== undefined) return { ca: read('sslrootcert', file) };
  throw usage(
    `sslmode=${target.sslMode} needs a root certificate, and ~/.postgresql/root.crt does not exist.`,
    'Let sslrootcert in DATABASE_URL name the file, or set sslrootcert=system.',
    'database_tls',
  );
}

function rootCertificate(target: ConnectionTarget): string | undefined {
  if (target.sslRootCert !== undefined) return target.sslRootCert;
  const home = ownHomeFolder();
  const file = home === undefined ? undefined : join(home, '.postgresql', 'root.crt');
  return file !== undefined && existsSync(file) ? file : undefined;
}

function clientCertificate(target: ConnectionTarget): ConnectionOptions {
  return {
    ...(target.sslCert === undefined ? {} : { cert: read('sslcert', target.sslCert) }),
    ...(target.sslKey === undefined ? {} : { key: read('sslkey', target.sslKey) }),
  };
}

function read(parameter: string, file: string): string {
  const opened = readNamedFile(file);
  if ('text' in opened) return opened.text;
  throw usage(
    `The file that ${parameter} in DATABASE_URL names cannot be read: ${file} (${opened.reason}).`,
    'Check the path and its permissions.',
    'database_tls',
  );
}
