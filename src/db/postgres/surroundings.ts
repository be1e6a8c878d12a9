import { InvalidConnectionUrl, isSslMode, parseConnectionUrl, sslModes } from './connection-url.ts';

/*
 * What libpq's environment variables mean here.
 *
 * The URL alone decides which database is opened, as whom, and how: the same URL is the same database in a terminal and in
 * crontab, whatever else is set there. Three variables give what the URL leaves out and that changes none of this. A variable that asks for more
 * protection than the URL is an error: to ignore it would be a connection in clear that somebody believes to be protected.
 *
 * | variable                            | without it in the URL                 | with it in the URL |
 * | PGPASSWORD, PGPASSFILE, PGOPTIONS   | counts                                | does not count     |
 * | PGSSLMODE                           | an error if stricter than `prefer`    | an error if stricter |
 * | PGSSLROOTCERT                       | an error where it would be looked at  | does not count     |
 * | PGCHANNELBINDING, PGGSSENCMODE      | `require` is an error                 | the same           |
 * | PGREQUIREAUTH                       | an error                              | the same           |
 * | all others                          | do not count                          | do not count       |
 */

/** The value of a variable; undefined: not set, or set to nothing. */
export type FindVariable = (name: string) => string | undefined;

/**
 * The URL with what the variables give to it.
 *
 * @throws InvalidConnectionUrl for the URL itself, and where a variable asks for more protection than it.
 */
export function withSurroundings(url: string, find: FindVariable): string {
  const target = parseConnectionUrl(url);
  refuseWeaker(url, find);
  const additions: string[] = [];
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined) additions.push(`${name}=${encodeURIComponent(value)}`);
  };
  // A password goes before a file of passwords, as in libpq.
  if (target.password === undefined) {
    add('password', find('PGPASSWORD'));
    if (target.passFile === undefined) add('passfile', find('PGPASSFILE'));
  }
  if (target.options === undefined) add('options', find('PGOPTIONS'));
  if (additions.length === 0) return url;
  return `${url}${url.includes('?') ? '&' : '?'}${additions.join('&')}`;
}

function refuseWeaker(url: string, find: FindVariable): void {
  const target = parseConnectionUrl(url);
  // As in libpq, nothing of this is about a unix socket.
  if (target.host?.startsWith('/') === true) return;
  const asked = find('PGSSLMODE');
  if (asked !== undefined) {
    if (!isSslMode(asked)) throw weaker('PGSSLMODE', `give PGSSLMODE one of ${sslModes.join(', ')}`);
    if (sslModes.indexOf(asked) > sslModes.indexOf(target.sslMode)) {
      throw weaker(`PGSSLMODE=${asked}`, `add sslmode=${asked} to the URL, or unset PGSSLMODE`);
    }
  }
  const verified = target.sslMode !== 'disable' && target.sslMode !== 'allow' && target.sslMode !== 'prefer';
  if (verified && target.sslRootCert === undefined && find('PGSSLROOTCERT') !== undefined) {
    throw weaker('PGSSLROOTCERT', 'add sslrootcert=FILE to the URL, or unset PGSSLROOTCERT');
  }
  for (const name of ['PGCHANNELBINDING', 'PGGSSENCMODE']) {
    if (find(name) === 'require') throw weaker(`${name}=require`, `unset ${name}: it is not offered`);
  }
  if (find('PGREQUIREAUTH') !== undefined) {
    throw weaker('PGREQUIREAUTH', 'unset PGREQUIREAUTH: it is not offered');
  }
}

function weaker(variable: string, hint: string): InvalidConnectionUrl {
  return new InvalidConnectionUrl(`protects the connection less than ${variable} asks`, hint);
}
