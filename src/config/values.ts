import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { InvalidConnectionUrl, parseConnectionUrl } from '../db/postgres/connection-url.ts';
import { asClause } from '../errors/issue-words.ts';
import { OperatorError } from '../errors/operator-error.ts';
import { logLevelHint, readLogLevel } from '../log/level.ts';
import { mailOAuthProviders } from '../notify/channels/definition.ts';
import { readSigningKey } from '../notify/channels/webhook/signing-key.ts';
import { readRecipient, recipientText } from '../notify/event-routing.ts';
import type { DeliveryMode } from '../notify/outbox/delivery-mode.ts';
import { parseSchedule } from '../schedule/schedule.ts';
import { durationHint, readDuration } from '../time/duration.ts';
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

/** Milliseconds. */
export const duration = readBy(readDuration, `is not a duration; give ${durationHint}`);

/** As it was written. */
export const durationText = z.string().refine((value) => duration.safeParse(value).success, {
  error: `is not a duration; give ${durationHint}`,
});

/** When a job is due. `where` says whose schedule it is. */
export function scheduleText(where: string) {
  return z.string().superRefine((value, context) => {
    try {
      parseSchedule(value, where);
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      const message = [error.message, error.next].map(asClause).join('; ');
      context.addIssue({ code: 'custom', message });
    }
  });
}

/** How much at once. */
export const concurrency = readBy(
  (value) =>
    /^\d{1,3}$/.test(value) && Number(value) >= 1 && Number(value) <= 100 ? Number(value) : undefined,
  'is not a whole number from 1 to 100',
);

export const count = readBy(
  (value) => (/^[1-9]\d{0,3}$/.test(value) || value === '10000' ? Number(value) : undefined),
  'is not a whole number from 1 to 10000',
);

/** `127.0.0.1:9464`, `[::1]:9464`, `localhost:9464`. */
export const listenAddress = readBy((value) => {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/@[\]]+)):(\d{1,5})$/.exec(value);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}, 'is not an address to listen on; give one such as 127.0.0.1:9464');

export const hostName = z.string().regex(/^[^\s/:@]+$|^\[?[0-9a-fA-F:]+\]?$/, {
  error: 'is not a host name; give it without a scheme or a port',
});

export const mailAddress = z.email({ error: 'is not an e-mail address' });

/** Does encryption begin with the first byte? */
export const mailTls = readBy(
  (value): 'implicit' | 'starttls' | undefined =>
    value === 'implicit' || value === 'starttls' ? value : undefined,
  'is not known; give implicit or starttls',
);

/** Must a connection to the mail server that is not encrypted from its first byte be encrypted? */
export const starttls = readBy(
  (value): 'required' | 'off' | undefined => (value === 'required' || value === 'off' ? value : undefined),
  'is not known; give required, or off for a relay on this machine',
);

/** Whose tokens log in at the mail server. */
export const mailOAuth = readBy(
  (value) => mailOAuthProviders.find((provider) => provider === value),
  `is not known; give ${mailOAuthProviders.join(' or ')}`,
);

/** Who gets the mails of an event. */
export const eventRecipient = readBy((value) => {
  const recipient = readRecipient(value);
  return recipient === undefined ? undefined : recipientText(recipient);
}, 'is not a recipient; give role:NAME, user:ID, group:ID or an e-mail address');

/** Where messages go. */
export const deliveryMode = readBy((value): DeliveryMode | undefined => {
  if (value === 'live' || value === 'off') return { kind: value };
  const address = /^redirect:(.+)$/.exec(value)?.[1]?.trim();
  return address !== undefined && mailAddress.safeParse(address).success
    ? { kind: 'redirect', address }
    : undefined;
}, 'is not known; give live, off or redirect:ADDRESS');

/** The secret that webhooks are signed with, as Standard Webhooks writes it. */
export const signingSecret = readBy(
  (value) => (readSigningKey(value) === undefined ? undefined : value),
  'is no secret of Standard Webhooks; give whsec_ and 24 to 64 bytes in base64',
);

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

/** The address of an HTTP proxy, which may be written without its scheme: `http:` or `https:`. */
function proxyAddress(value: string): string | undefined {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = webUrl(address);
  return url === undefined || url.pathname !== '/' || url.search !== '' || url.hash !== ''
    ? undefined
    : address;
}

/** What a variable such as HTTPS_PROXY holds. */
export const proxyUrl = readBy(proxyAddress, 'is not the address of an HTTP proxy; give http://HOST:PORT');

/** Which proxy is used: a secret, since an address may hold a login. */
export const proxySetting = readBy(
  (value) => (value === 'env' || value === 'off' ? value : proxyAddress(value)),
  'is not a proxy; give env, off or http://HOST:PORT',
);

/** A bearer token: what fits into a header, and cannot be guessed. */
export const token = z
  .string()
  .regex(/^[\x21-\x7e]{16,}$/, { error: 'is not a token; give at least 16 characters without spaces' });

/** Folders of a user's own jobs. */
export const jobsDirs = z.array(
  z.string().refine((value) => isAbsolute(value), { error: 'is not an absolute path; it begins with /' }),
);

/** A libpq URL; SQLAlchemy's `postgresql+psycopg2://` is accepted and becomes `postgresql://`. */
export const databaseUrl = z
  .string()
  .trim()
  .transform((value, context): string => {
    try {
      parseConnectionUrl(value);
      return value.replace(/^[^:]*/, 'postgresql');
    } catch (error) {
      if (!(error instanceof InvalidConnectionUrl)) throw error;
      context.addIssue({ code: 'custom', message: `${error.clause}; ${error.hint}` });
      return z.NEVER;
    }
  });
