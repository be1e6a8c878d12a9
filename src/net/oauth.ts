import { z } from 'zod';
import { plainText } from '../text/plain-text.ts';
import type { HttpAnswer } from './http-answer.ts';
import type { HttpClient } from './http-client.ts';

/*
 * Access tokens of OAuth 2 (RFC 6749): by the client's own credentials, or by a refresh token that somebody consented to. A token is
 * kept until shortly before it ends, and fetched once however many wait for it. What fails is not kept: the next who asks tries again.
 */

/** Whoever asks for tokens. Secrets: `clientSecret` and `refreshToken`. */
export interface OAuthClient {
  /** `https:`; without a secret. */
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly grant:
    | { readonly kind: 'client_credentials'; readonly scope: string | undefined }
    | { readonly kind: 'refresh_token'; readonly refreshToken: string };
}

export interface OAuthToken {
  /** A secret. */
  readonly value: string;
  readonly endsAt: Date;
}

/** There is no token. Its message holds no secret. */
export class OAuthFault extends Error {
  override readonly name = 'OAuthFault';
  /** `away`: nobody answered, or not now; `refused`: an operator must act. */
  readonly kind: 'away' | 'refused';
  /** `invalid_client`; where the other side gives one, its own number after it: `AADSTS7000222`. */
  readonly codes: readonly string[];
  /** What the operator can do, where the way to the token endpoint is what is wrong: a sentence. */
  readonly next: string | undefined;

  constructor(kind: OAuthFault['kind'], message: string, codes: readonly string[] = [], next?: string) {
    super(message);
    this.kind = kind;
    this.codes = codes;
    this.next = next;
  }
}

export interface TokenSource {
  /**
   * @param renew the token that was got last is refused: another one is fetched.
   * @throws OAuthFault
   */
  token(renew?: boolean): Promise<OAuthToken>;
}

/** A token that ends within this time, or within a tenth of its life, is not used any more. */
const marginMs = 300_000;
/** RFC 6749 only recommends that the answer says how long its token lives. */
const usualLifeSeconds = 3600;

const granted = z.object({
  // What no header can have is no token.
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z.coerce.number().positive().default(usualLifeSeconds).catch(usualLifeSeconds),
});

const refusal = z.object({
  error: z.string().regex(/^[a-z_]{1,60}$/),
  error_description: z.string().optional().catch(undefined),
});

export function createTokenSource(
  client: OAuthClient,
  { http, now }: { readonly http: Pick<HttpClient, 'post'>; readonly now: () => Date },
): TokenSource {
  let kept: (OAuthToken & { readonly freshUntil: number }) | undefined;
  let fetching: Promise<OAuthToken> | undefined;

  async function fetchToken(): Promise<OAuthToken> {
    const asked = now().getTime();
    const answer = await http.post({
      url: client.tokenUrl,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: formOf(client),
    });
    if (answer.kind === 'fault') {
      const detail = answer.detail === undefined ? '' : ` (${answer.detail})`;
      const kind = answer.fault === 'destination_refused' || answer.fault === 'tls' ? 'refused' : 'away';
      throw new OAuthFault(
        kind,
        `no answer of the token endpoint: ${answer.fault.replaceAll('_', ' ')}${detail}`,
        [],
        answer.next,
      );
    }
    const { access_token, expires_in } = readAnswer(answer, client);
    const life = expires_in * 1000;
    const freshUntil = asked + life - Math.min(marginMs, life / 10);
    kept = { value: access_token, endsAt: new Date(asked + life), freshUntil };
    return kept;
  }

  return {
    token: (renew = false) => {
      if (!renew && kept !== undefined && now().getTime() < kept.freshUntil) return Promise.resolve(kept);
      fetching ??= fetchToken().finally(() => {
        fetching = undefined;
      });
      return fetching;
    },
  };
}

function formOf({ clientId, clientSecret, grant }: OAuthClient): string {
  const common = { grant_type: grant.kind, client_id: clientId, client_secret: clientSecret };
  if (grant.kind === 'refresh_token') {
    return new URLSearchParams({ ...common, refresh_token: grant.refreshToken }).toString();
  }
  const scope = grant.scope === undefined ? {} : { scope: grant.scope };
  return new URLSearchParams({ ...common, ...scope }).toString();
}

function readAnswer({ status, body }: HttpAnswer, client: OAuthClient): z.output<typeof granted> {
  const value = jsonOf(body);
  const token = granted.safeParse(value);
  if (status === 200 && token.success) return token.data;
  const refused = refusal.safeParse(value).data;
  if (refused === undefined) {
    throw new OAuthFault(
      isForNow(status) ? 'away' : 'refused',
      `the token endpoint answered with HTTP ${status} and no token`,
    );
  }
  const { error, error_description: description = '' } = refused;
  const number = /\bAADSTS\d+/.exec(description)?.[0];
  const said = firstLine(description, client);
  throw new OAuthFault(
    error === 'temporarily_unavailable' || error === 'server_error' || isForNow(status) ? 'away' : 'refused',
    `the token endpoint answered ${error}${said === '' ? '' : `: ${said}`}`,
    number === undefined ? [error] : [error, number],
  );
}

/** Whatever the body names: too many requests, or a fault of the other side. */
function isForNow(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** What follows are trace ids and the time. */
function firstLine(description: string, { clientSecret, grant }: OAuthClient): string {
  const secrets = [clientSecret, ...(grant.kind === 'refresh_token' ? [grant.refreshToken] : [])];
  const [line = ''] = description.split(/\r?\n| Trace ID:/);
  const clean = secrets.reduce((text, secret) => text.replaceAll(secret, '[secret]'), line);
  return plainText(clean).trim().slice(0, 300);
}
