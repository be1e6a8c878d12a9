import type { MailAddress } from '../../delivery/outcome.ts';
import { createMailChannel, type MailChannel } from './mail-channel.ts';
import { mailSender } from './mail-sender.ts';
import type { EmailSettings } from './settings.ts';

/** The configured mail server, which is not connected yet; undefined: e-mail is not configured. */
export function openMail(
  settings: EmailSettings,
): { readonly channel: MailChannel; readonly from: MailAddress } | undefined {
  const from = mailSender(settings);
  if (from === undefined) return undefined;
  const { server, port, starttls, username, password } = settings;
  const login = username === undefined ? {} : { login: { user: username, password: password ?? '' } };
  return { from, channel: createMailChannel({ host: server, port, starttls, ...login }) };
}
