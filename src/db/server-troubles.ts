import { ExitCode } from '../errors/exit-code.ts';

/** What a server may say instead of doing what it was asked, and what that means here. */
export interface ServerTrouble {
  /** Stable, and listed in docs/troubleshooting.md. */
  readonly code: string;
  /**
   * What is wrong, as one sentence.
   *
   * @param label the database for people.
   * @param says the server's own words.
   */
  readonly sentence: (label: string, says: string) => string;
  readonly next: string;
  /** With `unavailable` the daemon waits, also at its start, and `start_patience` applies; with any other it does not start. */
  readonly exitCode: ExitCode;
}

const { unavailable, usage, failed } = ExitCode;

const away: ServerTrouble = {
  code: 'database_unavailable',
  sentence: (label, says) => `${label} is not available: ${says}.`,
  next: 'Check that the server is running and reachable, then try again.',
  exitCode: unavailable,
};
const full: ServerTrouble = {
  code: 'database_full',
  sentence: (label) => `The disk of ${label} is full; nothing of this step was written.`,
  next: 'Free some space on the disk of the database, then try again.',
  exitCode: unavailable,
};
const starting: ServerTrouble = {
  ...away,
  code: 'database_starting',
  next: 'Wait until the server has started, recovered or been promoted, then try again.',
};
const conflict: ServerTrouble = {
  code: 'database_conflict',
  sentence: (label, says) => `Another transaction on ${label} was in the way: ${says}.`,
  next: 'Try again.',
  exitCode: unavailable,
};
const login: ServerTrouble = {
  code: 'database_login_refused',
  sentence: (label, says) => `${label} refused the login: ${says}.`,
  next: 'Check the user and the password in DATABASE_URL, and what pg_hba.conf of the server allows.',
  exitCode: usage,
};
const damaged: ServerTrouble = {
  code: 'database_damaged',
  sentence: (label, says) => `A file of ${label} is missing or damaged: ${says}.`,
  next: 'Check the disk. If the file stays damaged, restore the newest backup (embedded: `opsdeck-jobs restore FILE`).',
  exitCode: failed,
};

/** By SQLSTATE. test/db/postgres/server-troubles.test.ts provokes each on a real server. */
export const serverTroubles: Readonly<Record<string, ServerTrouble>> = {
  '25006': {
    code: 'database_read_only',
    sentence: (label, says) =>
      `${label} is read-only (a standby, or default_transaction_read_only is on): ${says}.`,
    next: 'Let DATABASE_URL name the primary server, or wait until this one takes writes again.',
    exitCode: unavailable,
  },
  '28000': login,
  '28P01': login,
  '3D000': {
    code: 'database_unknown',
    sentence: (label, says) => `${label}: ${says}.`,
    next: 'Check the name of the database in DATABASE_URL.',
    exitCode: usage,
  },
  '40001': conflict,
  '40P01': conflict,
  '53100': full,
  '53200': {
    code: 'database_out_of_memory',
    sentence: (label, says) => `${label} has no memory left: ${says}.`,
    next: 'Give the server more memory, or raise max_locks_per_transaction where it asks for that.',
    exitCode: unavailable,
  },
  '53300': {
    code: 'database_no_connection_left',
    sentence: (label, says) => `${label} has no connection left: ${says}.`,
    next: 'Close other connections, raise max_connections or the limit of the role, or try again later.',
    exitCode: unavailable,
  },
  '53400': {
    code: 'database_limit_reached',
    sentence: (label, says) => `A limit of ${label} was reached: ${says}.`,
    next: 'Raise the limit for this role.',
    exitCode: failed,
  },
  '55000': {
    code: 'database_closed',
    sentence: (label, says) => `${label} refuses connections: ${says}.`,
    next: 'Allow them (alter database … allow_connections), or let DATABASE_URL name another database.',
    exitCode: unavailable,
  },
  '55P03': {
    code: 'database_locked',
    sentence: (label, says) => `What was needed on ${label} is locked by somebody else: ${says}.`,
    next: 'Find who holds the lock in pg_stat_activity, or try again later.',
    exitCode: unavailable,
  },
  '57014': {
    code: 'statement_cancelled',
    sentence: (label, says) => `A statement on ${label} was cancelled: ${says}.`,
    next: 'Was it statement_timeout? Raise it for this role, or try again.',
    exitCode: failed,
  },
  '57P01': away,
  '57P02': away,
  '57P03': starting,
  '57P05': away,
  '58P01': damaged,
  XX001: damaged,
};

/** Where the words say more than the SQLSTATE, which is that of any fault of the server. */
const byWords: readonly { readonly words: RegExp; readonly trouble: ServerTrouble }[] = [
  // The login of a server whose disk is full.
  { words: /could not write init file|no space left on device|disk quota exceeded/i, trouble: full },
];

/** 55000 is also said of objects that are not ready: of a database it is about its connections. */
const closedWords = /not currently accepting connections/;

/** What the server's error means; undefined: it is about the statement, and whoever sent it must know what to do. */
export function serverTrouble(state: string, says: string): ServerTrouble | undefined {
  const known = byWords.find(({ words }) => /^(?:XX000|58|53)/.test(state) && words.test(says));
  if (known !== undefined) return known.trouble;
  if (state === '55000' && !closedWords.test(says)) return undefined;
  return serverTroubles[state] ?? (/^(?:08|58)/.test(state) ? away : undefined);
}
