import { ExitCode } from '../errors/exit-code.ts';
import { OperatorError } from '../errors/operator-error.ts';
import { EmbeddedThreadEndedError } from './embedded/embedded-error.ts';
import { serverTrouble } from './server-troubles.ts';

/** SQLSTATE of an error of either driver; undefined when it is no error of the database. */
export function sqlState(error: unknown): string | undefined {
  const code = fieldOf(error, 'code');
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && fieldOf(error, 'severity') !== undefined
    ? code
    : undefined;
}

/** No right to read it, no such column, no such table: as far as a database of OpsDeck goes. */
export function isUnreadable(error: unknown): error is Error {
  return error instanceof Error && ['42501', '42703', '42P01'].includes(sqlState(error) ?? '');
}

/** Classes of SQLSTATE: data, constraints, a trigger's own exception, names and privileges. */
const ofTheStatement = /^(?:22|23|3F|42|P0)/;

/** Conflicts and locks, and limits: the same statement may work later, and others work meanwhile. */
const ofTheMoment = /^(?:40|53400|54|55P03)/;

/** The SQLSTATE of an error that is about the statement itself, translated or not; undefined: it is about the database as a whole. */
export function statementFault(error: unknown): string | undefined {
  return stateIn(error, ofTheStatement);
}

/** It is about this statement, for good or at this moment: the database works for others. */
function concernsOneStatement(error: unknown): boolean {
  return stateIn(error, ofTheStatement) !== undefined || stateIn(error, ofTheMoment) !== undefined;
}

function stateIn(error: unknown, classes: RegExp): string | undefined {
  const state = sqlState(error instanceof OperatorError ? error.cause : error);
  return state !== undefined && classes.test(state) ? state : undefined;
}

/** The database is away, or has no room: the same may work later. */
export function isAway(error: unknown): error is OperatorError {
  return error instanceof OperatorError && error.exitCode === ExitCode.unavailable;
}

/** No other statement would fare better. */
export function isGone(error: unknown): boolean {
  return isAway(error) && !concernsOneStatement(error);
}

/** It came from the database, translated or not. */
export function isDatabaseError(error: unknown): boolean {
  return error instanceof OperatorError || sqlState(error) !== undefined;
}

/**
 * Translates what a database can do wrong into an error that the operator can act on. An OperatorError stays what it is,
 * and so does an error that is the program's own fault (a bug in a statement) or that a caller may deal with (a unique
 * violation). The drivers have translated already when an error reaches a job; here once more, for what came another way.
 *
 * @param label the database for people, without secrets: `PostgreSQL opsdeck at db.example:5432`.
 */
export function toOperatorError(error: unknown, label = 'The database', role = 'of DATABASE_URL'): Error {
  if (error instanceof OperatorError) return error;
  if (!(error instanceof Error)) return new Error(String(error));
  if (error instanceof EmbeddedThreadEndedError) return fromThreadEnd(error, label);
  const state = sqlState(error);
  const translation = state === undefined ? undefined : translate(error, state, label, role);
  return translation === undefined ? error : operatorError(translation, error);
}

/** As {@link toOperatorError}, for an error that came out of a connection to a server: then a network error is one too. */
export function fromServer(error: unknown, label: string, role: string): Error {
  // A name with several addresses: each attempt failed for itself.
  if (error instanceof AggregateError && error.errors.length > 0)
    return fromServer(error.errors[0], label, role);
  const translated = toOperatorError(error, label, role);
  return translated instanceof OperatorError ? translated : (fromConnection(translated, label) ?? translated);
}

interface Translation {
  readonly code: string;
  readonly message: string;
  readonly next: string;
  readonly exitCode: ExitCode;
}

function fromThreadEnd(error: EmbeddedThreadEndedError, label: string): OperatorError {
  if (error.cancelled) {
    return new OperatorError({
      code: 'statement_cancelled',
      message: `A statement on ${label} was cancelled.`,
      next: 'Run it again.',
      exitCode: ExitCode.failed,
      cause: error,
    });
  }
  return operatorError(
    {
      code: 'embedded_database_broken',
      message: `${label} broke down: ${error.message}.`,
      next: 'Run it again: what was committed is there. If it happens again, report it with the log at level debug.',
      exitCode: ExitCode.failed,
    },
    error,
  );
}

const networkReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the name server did not answer',
  ETIMEDOUT: 'it did not answer in time',
  EHOSTUNREACH: 'there is no way to the host',
  EHOSTDOWN: 'the host is down',
  ENETUNREACH: 'there is no way to the network',
  EPIPE: 'the connection was cut',
  ENOENT: 'there is no server at that socket',
  EADDRNOTAVAIL: 'this machine has no free port or no address of that kind',
};

function fromConnection(error: Error, label: string): OperatorError | undefined {
  const code = fieldOf(error, 'code') ?? '';
  const reason = networkReasons[code] ?? connectionSentence(error);
  if (reason !== undefined) return operatorError(unavailable(label, reason), error);
  const refusal = handshakeRefusal(error, code, label);
  return refusal === undefined ? undefined : operatorError(refusal, error);
}

/** Trouble with TLS or the login that the driver finds itself, before the server says anything. */
function handshakeRefusal(error: Error, code: string, label: string): Translation | undefined {
  if (isTlsUnsupported(error)) {
    return {
      code: 'database_tls',
      message: `${label} does not offer TLS, which sslmode in DATABASE_URL asks for.`,
      next: 'Switch TLS on at the server, or set sslmode=prefer or sslmode=disable.',
      exitCode: ExitCode.usage,
    };
  }
  if (/^(ERR_TLS|ERR_SSL|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERR_OSSL)/.test(code)) {
    return {
      code: 'database_tls',
      message: `The certificate of ${label} was not accepted: ${error.message}.`,
      next: 'Let sslrootcert in DATABASE_URL name the certificate of its authority, and check the host name.',
      exitCode: ExitCode.usage,
    };
  }
  if (/server signature/.test(error.message)) {
    return {
      code: 'database_not_trusted',
      message: `${label} did not prove that it knows the password: another server may be posing as it.`,
      next: 'Check the host in DATABASE_URL and what lies between, and let sslmode=verify-full prove who answers.',
      exitCode: ExitCode.usage,
    };
  }
  if (/^SASL/.test(error.message) && !/client password must be/.test(error.message)) {
    return {
      code: 'database_login_refused',
      message: `The login at ${label} did not work: ${error.message}.`,
      next: 'Let the server offer scram-sha-256 for this role in pg_hba.conf, and check what lies between.',
      exitCode: ExitCode.usage,
    };
  }
  if (/client password must be/.test(error.message)) {
    return {
      code: 'database_login_refused',
      message: `${label} asks for a password, and DATABASE_URL has no password.`,
      next: 'Put the password in DATABASE_URL, or set DATABASE_URL_FILE to a file that holds the URL.',
      exitCode: ExitCode.usage,
    };
  }
  return undefined;
}

/** The driver's sentence when a server answers the wish for TLS with no. */
export function isTlsUnsupported(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('The server does not support SSL connections');
}

/** The driver's sentence when a statement has waited for its answer for too long; the connection is of no use then. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}

/** The `pg` driver has no codes for these. */
function connectionSentence(error: Error): string | undefined {
  if (
    isUnanswered(error) ||
    /^timeout exceeded when trying to connect|^Connection terminated due to connection timeout|timeout expired/.test(
      error.message,
    )
  ) {
    return 'it did not answer in time';
  }
  if (/^Connection terminated|^Client has encountered a connection error|not queryable/.test(error.message)) {
    return 'the connection was cut';
  }
  return undefined;
}

function translate(error: Error, state: string, label: string, role: string): Translation | undefined {
  if (state === '42501') return permissionDenied(error, label, role);
  const trouble = serverTrouble(state, error.message);
  if (trouble === undefined) return undefined;
  const { code, sentence, next, exitCode } = trouble;
  return { code, message: sentence(label, error.message), next, exitCode };
}

function unavailable(label: string, reason: string): Translation {
  return {
    code: 'database_unavailable',
    message: `${label} is not available: ${reason}.`,
    next: 'Check that the server is running and reachable, then try again.',
    exitCode: ExitCode.unavailable,
  };
}

/** `permission denied for table framework`, `… for schema public`, `must be owner of table x`. */
function permissionDenied(error: Error, label: string, role: string): Translation {
  const match = /^permission denied for (\w+) (\S+)/.exec(error.message);
  const [, kind, name] = match ?? [];
  return {
    code: 'permission_denied',
    message: `The role ${role} may not do this on ${label}: ${error.message}.`,
    next:
      kind === undefined || name === undefined
        ? 'Give the role the right it lacks, or use another role.'
        : `As owner of the database: grant ${grantFor(kind)} on ${kind} ${name} to the role ${role}.`,
    exitCode: ExitCode.usage,
  };
}

function grantFor(kind: string): string {
  if (kind === 'table' || kind === 'view' || kind === 'relation')
    return 'select (insert, update where it writes)';
  if (kind === 'schema') return 'usage (create for migrate)';
  if (kind === 'sequence') return 'usage';
  if (kind === 'database') return 'create, temporary';
  return 'the right';
}

function operatorError(translation: Translation, cause: Error): OperatorError {
  const { message } = translation;
  // The label may begin the sentence.
  return new OperatorError({
    ...translation,
    message: message.charAt(0).toUpperCase() + message.slice(1),
    cause,
  });
}

function fieldOf(error: unknown, name: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' ? value : undefined;
}
