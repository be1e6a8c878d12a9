import { ExitCode } from '../../errors/exit-code.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import { nearest } from '../../text/suggest.ts';

/** libpq's, in its order of strictness. */
export const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof sslModes)[number];

/** What a libpq connection URL says, with libpq's defaults where it says nothing. */
export interface ConnectionTarget {
  /** A host name or address; a path: the folder of a unix socket; undefined: not said. */
  readonly host: string | undefined;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** The file that is looked up for the password where there is none; undefined: `~/.pgpass`. */
  readonly passFile: string | undefined;
  readonly database: string | undefined;
  readonly sslMode: SslMode;
  readonly sslRootCert: string | undefined;
  readonly sslCert: string | undefined;
  readonly sslKey: string | undefined;
  readonly connectTimeoutSeconds: number;
  /** Settings for the session, as `-c name=value`. */
  readonly options: string | undefined;
}

/** libpq's parameters that mean nothing here; accepted and passed over. */
const passedOver = [
  'application_name',
  'client_encoding',
  'fallback_application_name',
  'keepalives',
  'keepalives_count',
  'keepalives_idle',
  'keepalives_interval',
  'krbsrvname',
  'sslcompression',
  'tcp_user_timeout',
];
/** libpq's parameters that may demand something that is not done here, with the values that do not. */
const onlyAs: Readonly<Record<string, readonly string[]>> = {
  channel_binding: ['disable', 'prefer'],
  gssencmode: ['disable', 'prefer'],
  sslnegotiation: ['postgres'],
  target_session_attrs: ['any'],
};
const understood = [
  'connect_timeout',
  'dbname',
  'host',
  'options',
  'passfile',
  'password',
  'port',
  'sslcert',
  'sslkey',
  'sslmode',
  'sslrootcert',
  'user',
];

const known = [...understood, ...passedOver, ...Object.keys(onlyAs)];

/** A URL that cannot be used. None of its texts repeats a part of the URL, which holds a password. */
export class InvalidConnectionUrl extends OperatorError {
  /** What is wrong, as a clause after the name of the value: `is not a URL`. */
  readonly clause: string;
  /** What to do about it: `write a % itself as %25`. */
  readonly hint: string;

  constructor(clause: string, hint: string) {
    super({
      code: 'invalid_database_url',
      message: `DATABASE_URL cannot be used: it ${clause}.`,
      next: `${hint.charAt(0).toUpperCase()}${hint.slice(1)}${hint.endsWith('?') ? '' : '.'}`,
      exitCode: ExitCode.usage,
    });
    this.clause = clause;
    this.hint = hint;
  }
}

/**
 * Reads `postgres://`, `postgresql://` and SQLAlchemy's `postgresql+psycopg2://`. A parameter counts more than the same
 * thing in the front part, as in libpq.
 *
 * @throws InvalidConnectionUrl
 */
export function parseConnectionUrl(text: string): ConnectionTarget {
  const url = parse(text);
  const parameters = readParameters(url.search);
  const parameter = (name: string) => parameters.get(name) || undefined;
  const host = parameter('host');
  if (host?.includes(',') === true) throw severalHosts();
  return {
    host: host ?? (decode(url.hostname).replace(/^\[(.*)\]$/, '$1') || undefined),
    port: readPort(parameter('port') ?? (url.port || undefined)),
    user: parameter('user') ?? (decode(url.username) || undefined),
    password: parameter('password') ?? (decode(url.password) || undefined),
    passFile: parameter('passfile'),
    database: parameter('dbname') ?? (decode(url.pathname.slice(1)) || undefined),
    sslMode: readSslMode(parameter('sslmode')),
    sslRootCert: parameter('sslrootcert'),
    sslCert: parameter('sslcert'),
    sslKey: parameter('sslkey'),
    // libpq has no limit when it is 0 or not set; waiting for ever helps nobody here.
    connectTimeoutSeconds: readSeconds(parameter('connect_timeout')) || 10,
    options: parameter('options'),
  };
}

function parse(text: string): URL {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    throw new InvalidConnectionUrl('is not a URL', 'give one such as postgresql://user@host:5432/opsdeck');
  }
  if (!/^postgres(ql)?(\+[a-z0-9]+)?$/.test(scheme)) {
    throw new InvalidConnectionUrl(`begins with ${scheme}://, which is not PostgreSQL`, 'give postgresql://');
  }
  const rest = text.slice(scheme.length + '://'.length);
  const authority = rest.split(/[/?]/, 1)[0] ?? '';
  if (authority.slice(authority.lastIndexOf('@') + 1).includes(',')) throw severalHosts();
  const standard = `postgresql://${rest}`;
  if (!URL.canParse(standard)) {
    throw new InvalidConnectionUrl(
      'cannot be read as a URL',
      'write special characters of the user and the password percent-encoded (/ is %2F, # is %23, @ is %40) and the port as a number',
    );
  }
  const url = new URL(standard);
  if (standard.includes('#')) {
    throw new InvalidConnectionUrl("holds a '#'", 'in a password it is written %23');
  }
  return url;
}

/** As libpq: a plus is a plus, and of a parameter that is there twice the last one counts. */
function readParameters(search: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const piece of search.slice(1).split('&').filter(Boolean)) {
    const [name = '', ...value] = piece.split('=');
    parameters.set(decode(name), decode(value.join('=')));
  }
  for (const [name, value] of parameters) {
    if (!known.includes(name)) throw unknownParameter(name);
    const allowed = onlyAs[name];
    if (allowed !== undefined && value !== '' && !allowed.includes(value)) throw notOffered(name, allowed);
  }
  return parameters;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidConnectionUrl('has a % that begins no encoded character', 'write a % itself as %25');
  }
}

export function isSslMode(text: string): text is SslMode {
  return sslModes.some((mode) => mode === text);
}

function readSslMode(text: string | undefined): SslMode {
  if (text === undefined) return 'prefer';
  if (isSslMode(text)) return text;
  throw new InvalidConnectionUrl('has an unknown sslmode', `give one of ${sslModes.join(', ')}`);
}

function readPort(text: string | undefined): number {
  if (text === undefined) return 5432;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new InvalidConnectionUrl('has an invalid port', 'give a whole number from 1 to 65535');
}

function readSeconds(text: string | undefined): number {
  if (text === undefined) return 0;
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new InvalidConnectionUrl(
    'has a connect_timeout that is no number of seconds',
    'give a whole number of seconds, such as 10',
  );
}

function severalHosts(): InvalidConnectionUrl {
  return new InvalidConnectionUrl(
    'names several hosts',
    'name one: the primary server, or a proxy in front of the servers',
  );
}

/** The name is repeated only when it is a misspelling: behind an `&` in a password that is not encoded, it is part of the password. */
function unknownParameter(name: string): InvalidConnectionUrl {
  const near = nearest(name, known);
  return near === undefined
    ? new InvalidConnectionUrl(
        'has an unknown parameter',
        `known are ${understood.join(', ')}; an & in a password is written %26`,
      )
    : new InvalidConnectionUrl(`has the unknown parameter '${name}'`, `did you mean ${near}?`);
}

function notOffered(name: string, allowed: readonly string[]): InvalidConnectionUrl {
  return new InvalidConnectionUrl(
    `asks with ${name} for something that is not offered`,
    `leave it out, or give ${allowed.join(' or ')}`,
  );
}
