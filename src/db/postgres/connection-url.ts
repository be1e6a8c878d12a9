import { OperatorError } from '../../errors.ts';
import { ExitCode } from '../../exit-code.ts';
import { nearest } from '../../suggest.ts';

/** libpq's, in its order of strictness. */
const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof sslModes)[number];

/** What a libpq connection URL says, with libpq's defaults where it says nothing. */
export interface ConnectionTarget {
  /** A host name or address; a path: the folder of a unix socket; undefined: not said. */
  readonly host: string | undefined;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  readonly sslMode: SslMode;
  readonly sslRootCert: string | undefined;
  readonly sslCert: string | undefined;
  readonly sslKey: string | undefined;
  readonly connectTimeoutSeconds: number;
  /** Settings for the session, as `-c name=value`. */
  readonly options: string | undefined;
}

/** libpq's parameters that mean nothing here or are as they should be anyway; accepted and passed over. */
const passedOver = [
  'application_name',
  'channel_binding',
  'client_encoding',
  'fallback_application_name',
  'gssencmode',
  'keepalives',
  'keepalives_count',
  'keepalives_idle',
  'keepalives_interval',
  'krbsrvname',
  'passfile',
  'sslcompression',
  'sslnegotiation',
  'target_session_attrs',
  'tcp_user_timeout',
];
const understood = [
  'connect_timeout',
  'dbname',
  'host',
  'options',
  'password',
  'port',
  'sslcert',
  'sslkey',
  'sslmode',
  'sslrootcert',
  'user',
];

/**
 * Reads `postgres://`, `postgresql://` and SQLAlchemy's `postgresql+psycopg2://`. A parameter counts more than the same
 * thing in the front part, as in libpq.
 *
 * @throws OperatorError `invalid_database_url`; the text never repeats the URL, which holds a password.
 */
export function parseConnectionUrl(text: string): ConnectionTarget {
  const url = parse(text);
  const parameter = (name: string) => url.searchParams.get(name) || undefined;
  for (const name of url.searchParams.keys()) {
    if (!understood.includes(name) && !passedOver.includes(name)) throw unknownParameter(name);
  }
  return {
    host: parameter('host') ?? (decode(url.hostname).replace(/^\[(.*)\]$/, '$1') || undefined),
    port: readNumber('port', parameter('port') ?? url.port, 5432),
    user: parameter('user') ?? (decode(url.username) || undefined),
    password: parameter('password') ?? (decode(url.password) || undefined),
    database: parameter('dbname') ?? (decode(url.pathname.slice(1)) || undefined),
    sslMode: readSslMode(parameter('sslmode')),
    sslRootCert: parameter('sslrootcert'),
    sslCert: parameter('sslcert'),
    sslKey: parameter('sslkey'),
    // libpq has no limit when it is 0 or not set; waiting for ever helps nobody here.
    connectTimeoutSeconds: readNumber('connect_timeout', parameter('connect_timeout'), 0) || 10,
    options: parameter('options'),
  };
}

function parse(text: string): URL {
  const standard = text.replace(/^postgres(ql)?(\+[a-z0-9]+)?:\/\//i, 'postgresql://');
  if (!standard.startsWith('postgresql://')) {
    throw invalid('it does not begin with postgresql://', 'postgresql://user:password@host:5432/database');
  }
  const authority = standard.slice('postgresql://'.length).split(/[/?]/, 1)[0] ?? '';
  if (authority.slice(authority.lastIndexOf('@') + 1).includes(',')) {
    throw invalid(
      'it names several hosts',
      'Name one host: the primary server, or a proxy in front of the servers.',
    );
  }
  try {
    return new URL(standard);
  } catch {
    throw invalid(
      'it is not a URL',
      'Write characters such as @ : / ? # % in the user or password percent-encoded, for example %40 for @.',
    );
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('it has a % that begins no encoded character', 'Write a % itself as %25.');
  }
}

function readSslMode(text: string | undefined): SslMode {
  if (text === undefined) return 'prefer';
  const mode = sslModes.find((known) => known === text);
  if (mode !== undefined) return mode;
  throw invalid(`sslmode is '${text}'`, `sslmode is one of ${sslModes.join(', ')}.`);
}

function readNumber(name: string, text: string | undefined, missing: number): number {
  if (text === undefined || text === '') return missing;
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw invalid(`${name} is '${text}'`, `${name} is a whole number.`);
}

function unknownParameter(name: string): OperatorError {
  const near = nearest(name, understood);
  return invalid(
    `it has the unknown parameter '${name}'`,
    near === undefined ? `Known are ${understood.join(', ')}.` : `Did you mean ${near}?`,
  );
}

function invalid(what: string, next: string): OperatorError {
  return new OperatorError({
    code: 'invalid_database_url',
    message: `DATABASE_URL cannot be used: ${what}.`,
    next,
    exitCode: ExitCode.usage,
  });
}
