import type { MailAddress } from '../../delivery/outcome.ts';
import { plausibleAddress } from '../../plausible-address.ts';
import { oauthLacks } from './oauth-lacks.ts';
import { type EmailSettings, emailSettings, type WithEmail } from './settings.ts';

/** The address that mails come from; undefined: e-mail is not configured. */
export function mailSender(settings: EmailSettings): MailAddress | undefined {
  const { from, username, senderName } = settings;
  const address = from ?? (username === undefined ? undefined : plausibleAddress(username));
  return address === undefined || address === null ? undefined : { name: senderName, address };
}

/** What must be set before a mail can be sent. */
const mailSenderLacks =
  'EMAIL_USERNAME (an account at SMTP_SERVER), or OPSDECK_JOBS_MAIL_FROM (a relay without a login)';

/** What must be set before a mail can be sent; null: nothing, or e-mail is switched off. */
export function mailLacks(config: WithEmail & { readonly switchedOff: readonly string[] }): string | null {
  if (config.switchedOff.includes('email')) return null;
  const settings = emailSettings(config);
  return mailSender(settings) === undefined ? mailSenderLacks : oauthLacks(settings);
}
