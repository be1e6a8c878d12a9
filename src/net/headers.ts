import { unescape as percentDecoded } from 'node:querystring';
import { version } from '../service/version.ts';

/** What every request is sent with: a name that an operator recognises, and the user and password that the URL holds. */
export function headersFor(
  url: URL,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const headers = { 'user-agent': `opsdeck-jobs/${version}`, ...given };
  const authorization = authorizationOf(url);
  return authorization === undefined ? headers : { ...headers, authorization };
}

/** The user and password that a URL holds, as a header has them. */
export function authorizationOf(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  const login = `${percentDecoded(url.username)}:${percentDecoded(url.password)}`;
  return `Basic ${Buffer.from(login).toString('base64')}`;
}

/**
 * The headers of an answer by lower-case name. Of repeated ones the first; of `Link`, which is a list, all of them in one (RFC 9110,
 * 5.3).
 */
export function headersOf(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([given, value]) => {
      const name = given.toLowerCase();
      const values = value === undefined ? [] : typeof value === 'string' ? [value] : value;
      const one = name === 'link' ? values.join(', ') : values[0];
      return one === undefined || values.length === 0 ? [] : [[name, one]];
    }),
  );
}
