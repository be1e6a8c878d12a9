import type { Config } from '../../config/config.ts';
import type { MailAddress } from '../delivery/outcome.ts';
import { plausibleAddress } from '../recipients.ts';

/** The address that mails come from; undefined: e-mail is not configured. */
export function mailSender({ mail }: Pick<Config, 'mail'>): MailAddress | undefined {
  const address = mail.from ?? (mail.username === undefined ? undefined : plausibleAddress(mail.username));
  return address === undefined || address === null ? undefined : { name: mail.senderName, address };
}

/** What must be set before a mail can be sent. */
export const mailSenderLacks =
  'EMAIL_USERNAME (an account at SMTP_SERVER), or OPSDECK_JOBS_MAIL_FROM (a relay without a login)';

/** What must be set before a mail can be sent; null: nothing, or e-mail is switched off. */
export function mailLacks(config: Pick<Config, 'mail' | 'switchedOff'>): string | null {
  if (config.switchedOff.includes('email') || mailSender(config) !== undefined) return null;
  return mailSenderLacks;
}
