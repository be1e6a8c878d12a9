import {
  createTokenSource,
  type OAuthClient,
  OAuthFault,
  type OAuthToken,
  type TokenSource,
} from '../../../../src/net/oauth.ts';
import { oauthFaultWords } from '../../../../src/net/oauth-steps.ts';
import { isThisMachine } from '../../../../src/net/this-machine.ts';
import { InconclusiveSource } from '../../../../src/sources/source.ts';
import type { ApiDeps, SourceWeb } from './api-deps.ts';
import type { ApiAuth, ApiConfig } from './config.ts';
import { entryFor, originOf } from './secret-binding.ts';

/*
 * What requests to an API are sent with. A secret goes only to the scheme, host and port that it is bound to, a client secret only to
 * a token endpoint that it is bound to; and the token, which is worth as much, only to an API that the client secret is bound to.
 */

export interface Credentials {
  readonly kind: 'nothing' | 'secret' | 'token';
  /**
   * @param renew the API refused the token
   * @throws InconclusiveSource
   */
  headers(renew?: boolean): Promise<Readonly<Record<string, string>>>;
}

/** @throws InconclusiveSource before anything is sent. */
export function openCredentials(config: ApiConfig, deps: ApiDeps): Credentials {
  checkScheme(config.url, `The address of the API source at ${config.url.host}`, deps);
  const given = Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const headers = { accept: 'application/json', ...Object.fromEntries(given) };
  if (config.auth !== undefined) return byToken(config, config.auth, headers, deps);
  if (config.secret === undefined) return { kind: 'nothing', headers: async () => headers };
  checkBinding(config.secret, config.url, deps);
  const value = readSecret(config.secret, deps);
  if (!/^[\x20-\x7e]+$/.test(value)) {
    throw new InconclusiveSource(
      `The secret OPSDECK_JOBS_SECRET_${config.secret} holds a character that no header can have.`,
    );
  }
  const usual = /^authorization$/i.test(config.secret_header) ? 'Bearer ' : '';
  const sent = { ...headers, [config.secret_header]: `${config.secret_prefix ?? usual}${value}` };
  return { kind: 'secret', headers: async () => sent };
}

function byToken(
  { url }: ApiConfig,
  auth: ApiAuth,
  headers: Readonly<Record<string, string>>,
  deps: ApiDeps,
): Credentials {
  const { token_url: tokenUrl, client_id: clientId, scope, secret, refresh_secret: refresh } = auth;
  checkScheme(tokenUrl, `The token_url of the API source at ${url.host}`, deps);
  for (const name of refresh === undefined ? [secret] : [secret, refresh]) {
    checkBinding(name, tokenUrl, deps);
    checkBinding(name, url, deps);
  }
  const tokens = tokensOf(
    {
      tokenUrl: tokenUrl.href,
      clientId,
      clientSecret: readSecret(secret, deps),
      grant:
        refresh === undefined
          ? { kind: 'client_credentials', scope }
          : { kind: 'refresh_token', refreshToken: readSecret(refresh, deps) },
    },
    deps,
  );
  return {
    kind: 'token',
    headers: async (renew) => {
      const { value } = await tokenFor(url, tokenUrl, () => tokens.token(renew));
      return { ...headers, authorization: `Bearer ${value}` };
    },
  };
}

async function tokenFor(url: URL, tokenUrl: URL, fetchToken: () => Promise<OAuthToken>): Promise<OAuthToken> {
  try {
    return await fetchToken();
  } catch (error) {
    if (!(error instanceof OAuthFault)) throw error;
    const step = error.kind === 'refused' && error.codes.length === 0 ? '; check auth.token_url' : '';
    throw new InconclusiveSource(
      `There is no token of ${tokenUrl.host} for the API at ${url.host}: ${oauthFaultWords(error)}${step}.`,
    );
  }
}

/** Of one run, whose comparisons often use the same client. */
const tokensByRun = new WeakMap<SourceWeb, Map<string, TokenSource>>();

function tokensOf(client: OAuthClient, { web, clock }: ApiDeps): TokenSource {
  const tokens = tokensByRun.get(web) ?? new Map<string, TokenSource>();
  tokensByRun.set(web, tokens);
  const key = JSON.stringify(client);
  const kept = tokens.get(key) ?? createTokenSource(client, { http: web, now: () => clock.now() });
  tokens.set(key, kept);
  return kept;
}

function checkScheme(url: URL, what: string, { web }: ApiDeps): void {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && web.allowsPrivate && isThisMachine(url)))
    return;
  throw new InconclusiveSource(`${what} must begin with https://.`);
}

function checkBinding(secret: string, url: URL, { settings }: ApiDeps): void {
  if ((settings.api_hosts[secret] ?? []).some((entry) => originOf(entry) === url.origin)) return;
  const entry = entryFor(url);
  throw new InconclusiveSource(
    `The secret ${secret} may not be sent to ${entry}: add "${entry}" to jobs.uar.settings.api_hosts.${secret} if it may.`,
  );
}

function readSecret(name: string, { secret }: ApiDeps): string {
  const value = secret(name);
  if (value === undefined || value === '')
    throw new InconclusiveSource(`The secret OPSDECK_JOBS_SECRET_${name} is not set.`);
  return value;
}
