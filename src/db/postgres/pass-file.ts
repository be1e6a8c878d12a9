import { join } from 'node:path';
import type { OperatorError } from '../../errors/operator-error.ts';
import { usage } from '../../errors/usage.ts';
import { ownHomeFolder } from '../../files/home-folder.ts';
import { readNamedFile } from '../../files/read-small-file.ts';

/** What a line of a password file is about. */
export interface Login {
  /** The folder of a unix socket is a `localhost` there, too. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** Group and others, any right: libpq's rule. */
const othersRights = 0o077;

/**
 * The password of a login in libpq's password file; undefined: the file has none, or there is no file and none was named.
 * It is read again for each connection, as in libpq: a new password needs no restart.
 *
 * @param file undefined: `~/.pgpass`
 * @throws OperatorError `password_file` (exit 2)
 */
export function readPassFile(file: string | undefined, login: Login): string | undefined {
  const home = ownHomeFolder();
  const path = file ?? (home === undefined ? undefined : join(home, '.pgpass'));
  if (path === undefined) return undefined;
  const opened = readNamedFile(path);
  if ('reason' in opened) {
    if (file === undefined) return undefined;
    throw unusable(path, opened.reason, 'Check the path and its permissions');
  }
  if (opened.stats.isFile() && (opened.stats.mode & othersRights) !== 0) {
    throw unusable(path, 'others than its owner have rights to it', `Run chmod 600 ${path}`);
  }
  return findPassword(opened.text, login);
}

/** The password of the first line that fits: `host:port:database:user:password`, `*` for any, `\\` before a `:` or `\\`. */
export function findPassword(text: string, { host, port, database, user }: Login): string | undefined {
  const wanted = [host.startsWith('/') ? [host, 'localhost'] : [host], [String(port)], [database], [user]];
  for (const line of text.split(/\r?\n/)) {
    const match = /^((?:\\.|[^:\\])*):((?:\\.|[^:\\])*):((?:\\.|[^:\\])*):((?:\\.|[^:\\])*):(.+)$/.exec(line);
    if (match === null || line.startsWith('#')) continue;
    const [, ...fields] = match.map((field) => field.replace(/\\(.)/g, '$1'));
    const password = fields.pop();
    if (wanted.every((values, at) => fields[at] === '*' || values.includes(fields[at] ?? '')))
      return password;
  }
  return undefined;
}

function unusable(path: string, reason: string, next: string): OperatorError {
  return usage(`The password file ${path} cannot be used: ${reason}.`, `${next}.`, 'password_file');
}
