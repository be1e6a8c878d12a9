import { unescape as percentDecoded } from 'node:querystring';
import { version } from '../service/version.ts';

/** What every request is sent with: a name that an operator recognises, and the user and password that the URL holds. */
export function headersFor(
  url: URL,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const headers = { 'user-agent': `opsdeck-jobs/${version}`, ...given };
  if (url.username === '' && url.password === '') return headers;
  const login = `${percentDecoded(url.username)}:${percentDecoded(url.password)}`;
  return { ...headers, authorization: `Basic ${Buffer.from(login).toString('base64')}` };
}

/** The headers of an answer by lower-case name; of repeated ones the first. */
export function firstOfEach(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const first = typeof value === 'string' ? value : value?.[0];
      return first === undefined ? [] : [[name.toLowerCase(), first]];
    }),
  );
}
