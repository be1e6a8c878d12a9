import { expect, it } from 'vitest';
import { openMailOAuth } from '../../../src/notify/channels/email/mail-oauth.ts';
import type { EmailSettings } from '../../../src/notify/channels/email/settings.ts';
import { mail, mailChannel, mailPeer } from './mail-peer.ts';
import { httpClient, httpPeer } from './peers.ts';

/** A mail server that takes these tokens alone, and a token endpoint that gives `t0`, `t1` and so on, or refuses. */
async function oauthMail(
  provider: Pick<EmailSettings, 'oauth'> & Partial<EmailSettings>,
  taken: readonly string[],
  refusal?: object,
) {
  const logins: (string | undefined)[] = [];
  const peer = await mailPeer({
    authOptional: false,
    authMethods: ['XOAUTH2'],
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username = '', accessToken = '' }, _, callback) => {
      logins.push(`${username} ${accessToken}`);
      if (taken.includes(accessToken)) callback(null, { user: username });
      else callback(null, { data: { status: '401', schemes: 'bearer' } });
    },
  });
  const endpoint = await httpPeer((response, _, index) => {
    response.statusCode = refusal === undefined ? 200 : 400;
    response.end(JSON.stringify(refusal ?? { access_token: `t${index}`, expires_in: 3600 }));
  });
  const settings: EmailSettings = {
    server: 'localhost',
    port: peer.port,
    senderName: 'OpsDeck',
    connections: 5,
    giveUpAfter: '48h',
    starttls: 'off',
    oauthTenant: 'company.example',
    oauthClientId: 'app',
    oauthClientSecret: 'client-s3cret',
    oauthRefreshToken: 'refresh-s3cret',
    oauthTokenUrl: `${endpoint.url}/token`,
    ...provider,
  };
  const oauth = openMailOAuth(settings, { http: httpClient(), now: () => new Date() });
  if (oauth === undefined) throw new Error('OAuth is not configured');
  const user = 'opsdeck@company.example';
  const channel = mailChannel({ port: peer.port, starttls: 'off', oauth: { ...oauth, user } });
  return { channel, peer, endpoint, logins };
}

it('logs in with a token by client credentials, fetched once for all connections', async () => {
  const { channel, peer, endpoint } = await oauthMail({ oauth: 'microsoft' }, ['t0']);
  const ids = Array.from({ length: 6 }, (_, index) => `0b8f6a52-6f0e-4b6e-9df2-00000000000${index}`);
  const outcomes = await Promise.all(ids.map((id) => channel.send(mail({ id }))));
  expect(outcomes.map(({ kind }) => kind)).toEqual(ids.map(() => 'sent'));
  expect(peer.mails.map(({ user }) => user)).toEqual(ids.map(() => 'opsdeck@company.example'));
  expect(endpoint.received).toHaveLength(1);
  expect(endpoint.received[0]?.body).toContain('grant_type=client_credentials');
  expect(endpoint.received[0]?.body).toContain('scope=https%3A%2F%2Foutlook.office365.com%2F.default');
});

it('fetches another token by the refresh token when the server does not take the first', async () => {
  const { channel, endpoint, logins } = await oauthMail({ oauth: 'google' }, ['t1']);
  expect(await channel.check()).toEqual({ kind: 'ready' });
  expect(logins).toEqual(['opsdeck@company.example t0', 'opsdeck@company.example t1']);
  expect(endpoint.received[0]?.body).toContain('grant_type=refresh_token');
});

it('names the steps at Exchange when a token is not taken, and uses no attempt', async () => {
  const { channel } = await oauthMail({ oauth: 'microsoft' }, []);
  expect(await channel.send(mail())).toMatchObject({
    kind: 'retry',
    code: 'login_refused',
    costsAttempt: false,
    reason: expect.stringMatching(/SMTP\.SendAsApp.*New-ServicePrincipal.*Add-MailboxPermission/),
  });
  expect(await channel.check()).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('SendAsApp'),
  });
});

it.each([
  [
    'microsoft',
    { error: 'invalid_client', error_description: 'AADSTS7000215: wrong client-s3cret' },
    "the secret's value, not its id",
  ],
  [
    'microsoft',
    { error: 'unauthorized_client', error_description: 'AADSTS700016: no app' },
    'no application with this client id',
  ],
  [
    'google',
    { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
    'consent again',
  ],
] as const)('%s without a token: %j', async (oauth, refusal, step) => {
  const { channel, peer } = await oauthMail({ oauth }, [], refusal);
  const outcome = await channel.send(mail());
  expect(outcome).toMatchObject({
    code: 'login_refused',
    costsAttempt: false,
    reason: expect.stringContaining(step),
  });
  expect(JSON.stringify(outcome)).not.toContain('s3cret');
  expect(peer.mails).toEqual([]);
});
