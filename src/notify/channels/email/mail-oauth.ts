import { z } from 'zod';
import type { HttpClient } from '../../../net/http-client.ts';
import { createTokenSource, type OAuthClient, OAuthFault, type TokenSource } from '../../../net/oauth.ts';
import { oauthFaultWords } from '../../../net/oauth-steps.ts';
import type { Retry } from '../../delivery/outcome.ts';
import type { EmailSettings } from './settings.ts';

/*
 * OAuth 2 for the login at the mail server. What is missing is said by the step of the set-up that is missing (docs/messages.md):
 * the answers of the token endpoint and of the server name it in codes only.
 */

/** What logs in without a password. */
export interface MailOAuth {
  readonly tokens: TokenSource;
  /** Which step of the set-up a failed login points to. */
  readonly afterRefusedLogin: string;
}

const providers = {
  microsoft: {
    scope: 'https://outlook.office365.com/.default',
    tokenUrl: ({ oauthTenant = '' }: EmailSettings) =>
      `https://login.microsoftonline.com/${encodeURIComponent(oauthTenant)}/oauth2/v2.0/token`,
    afterRefusedLogin:
      'the token was issued, so check in this order: the application permission SMTP.SendAsApp with the consent of an administrator; the service principal in Exchange (New-ServicePrincipal, with the object id of the enterprise application); its permission for the mailbox (Add-MailboxPermission -AccessRights FullAccess)',
  },
  google: {
    scope: undefined,
    tokenUrl: () => 'https://oauth2.googleapis.com/token',
    afterRefusedLogin:
      'the token was issued, so check that the refresh token was consented to by the account EMAIL_USERNAME, with the scope https://mail.google.com/',
  },
} as const;

const outlookScope = 'the scope must be https://outlook.office365.com/.default';
const steps: Readonly<Record<string, string>> = { AADSTS70011: outlookScope, AADSTS1002012: outlookScope };

/** undefined: the login is by password, or there is none. */
export function openMailOAuth(
  settings: EmailSettings,
  surroundings: { readonly http: Pick<HttpClient, 'post'>; readonly now: () => Date },
): MailOAuth | undefined {
  const { oauth, oauthClientId, oauthClientSecret } = settings;
  if (oauth === undefined || oauthClientId === undefined || oauthClientSecret === undefined) return undefined;
  const provider = providers[oauth];
  const client: OAuthClient = {
    tokenUrl: settings.oauthTokenUrl ?? provider.tokenUrl(settings),
    clientId: oauthClientId,
    clientSecret: oauthClientSecret,
    grant:
      oauth === 'google'
        ? { kind: 'refresh_token', refreshToken: settings.oauthRefreshToken ?? '' }
        : { kind: 'client_credentials', scope: settings.oauthScope ?? provider.scope },
  };
  return { tokens: createTokenSource(client, surroundings), afterRefusedLogin: provider.afterRefusedLogin };
}

/** What nodemailer logs in with. */
export function loginBy({ tokens }: MailOAuth, user: string) {
  const provisionCallback = (
    _user: string,
    renew: boolean,
    done: (error: Error | null, token?: string, endsAt?: number) => void,
  ) => {
    tokens.token(renew).then(
      ({ value, endsAt }) => done(null, value, endsAt.getTime()),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
    );
  };
  return { type: 'OAuth2', user, provisionCallback } as const;
}

/** What a login that failed means: without a token no mail can be sent; with one, a step at the provider is missing. */
export function withoutLogin(thrown: unknown, { afterRefusedLogin }: MailOAuth): Retry | undefined {
  if (thrown instanceof OAuthFault) {
    const code = thrown.kind === 'away' ? 'server_away' : 'login_refused';
    const reason = `there is no token for the login: ${oauthFaultWords(thrown, steps)}`;
    const next =
      thrown.next ??
      (thrown.kind === 'away' ? 'Check the token endpoint of mail.oauth, and the way to it.' : undefined);
    const common = { kind: 'retry', code, reason, costsAttempt: false, mayHaveArrived: false } as const;
    return next === undefined ? common : { ...common, next };
  }
  const refused = z.object({ code: z.literal('EAUTH'), responseCode: z.number().min(500) }).safeParse(thrown);
  if (!refused.success) return undefined;
  const reason = `the mail server refused the login (${refused.data.responseCode}); ${afterRefusedLogin}`;
  return { kind: 'retry', code: 'login_refused', reason, costsAttempt: false, mayHaveArrived: false };
}
