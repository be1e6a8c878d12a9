import { z } from 'zod';
import { logLevelHint, readLogLevel } from '../log/level.ts';
import { isZoneName } from '../time/zone-name.ts';

/*
 * The schemas of single values, from text. A message says what is wrong without repeating the value: it may be a secret.
 */

/** Turns a reader, which returns undefined for what it cannot read, into a schema. */
function readBy<T>(read: (text: string) => T | undefined, message: string) {
  return z
    .string()
    .trim()
    .transform((text, context): T => {
      const value = read(text);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    });
}

export const text = z.string();

export const zone = z
  .string()
  .refine(isZoneName, { error: 'is not a time zone; give an IANA name such as Europe/Madrid or UTC' });

export const level = readBy(readLogLevel, `is not a log level; give ${logLevelHint}`);

export const port = readBy(
  (value) =>
    /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535 ? Number(value) : undefined,
  'is not a port; give a whole number from 1 to 65535',
);

export const hostName = z.string().regex(/^[^\s/:@]+$|^\[?[0-9a-fA-F:]+\]?$/, {
  error: 'is not a host name; give it without a scheme or a port',
});

export const mailAddress = z.email({ error: 'is not an e-mail address' });

function webUrl(value: string): URL | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.hostname !== '' ? url : undefined;
}

/** `http` or `https`; without the trailing slash. */
export const baseUrl = readBy((value) => {
  const url = webUrl(value);
  if (url === undefined || url.search !== '' || url.hash !== '' || url.username !== '') return undefined;
  return value.replace(/\/+$/, '');
}, 'is not a web address; give one such as https://opsdeck.example.org, without query or password');

/** The address of an incoming webhook: whoever knows it can post, so it is a secret as a whole. */
export const webhookUrl = readBy(
  (value) => (webUrl(value) === undefined ? undefined : value),
  'is not a web address; it begins with https:// or http://',
);

const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** A libpq URL; SQLAlchemy's `postgresql+psycopg2://` is accepted and becomes `postgresql://`. */
export const databaseUrl = z
  .string()
  .trim()
  .transform((value, context): string => {
    const fail = (message: string): never => {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase();
    if (scheme === undefined)
      return fail('is not a URL; give one such as postgresql://user@host:5432/opsdeck');
    if (!['postgres', 'postgresql', 'postgresql+psycopg2'].includes(scheme)) {
      return fail(`begins with ${scheme}://, which is not PostgreSQL; give postgresql://`);
    }
    const normalised = value.replace(/^[^:]*/, 'postgresql');
    if (!URL.canParse(normalised)) {
      return fail(
        'cannot be read as a URL; write special characters of the password percent-encoded (/ is %2F, # is %23) and the port as a number',
      );
    }
    const url = new URL(normalised);
    if (url.hash !== '') return fail("holds a '#'; in a password it is written %23");
    const sslMode = url.searchParams.get('sslmode');
    if (sslMode !== null && !sslModes.includes(sslMode)) {
      return fail(`has an unknown sslmode; give one of ${sslModes.join(', ')}`);
    }
    return normalised;
  });
