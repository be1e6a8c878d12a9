import type { EmailSettings } from './settings.ts';

/** Names of what must be set too; null: nothing, or there is no OAuth. */
export function oauthLacks(settings: EmailSettings): string | null {
  const { oauth, oauthTenant, oauthClientId, oauthClientSecret, oauthRefreshToken } = settings;
  if (oauth === undefined) return null;
  const needed = [
    ['OPSDECK_JOBS_MAIL_OAUTH_CLIENT_ID', oauthClientId],
    ['OPSDECK_JOBS_MAIL_OAUTH_CLIENT_SECRET', oauthClientSecret],
    ...(oauth === 'microsoft' ? [['OPSDECK_JOBS_MAIL_OAUTH_TENANT', oauthTenant]] : []),
    ...(oauth === 'google' ? [['OPSDECK_JOBS_MAIL_OAUTH_REFRESH_TOKEN', oauthRefreshToken]] : []),
  ];
  const missing = needed.flatMap(([name, value]) => (value === undefined ? [name] : []));
  return missing.length === 0 ? null : `${missing.join(', ')} (mail.oauth is ${oauth})`;
}
