import type { Config } from '../../config/config.ts';
import { createMailChannel, type MailChannel } from '../channels/email.ts';
import type { MailAddress } from '../delivery/outcome.ts';
import { mailSender } from './mail-sender.ts';

/** The configured mail server, which is not connected yet; undefined: e-mail is not configured. */
export function openMail(
  config: Pick<Config, 'mail'>,
): { readonly channel: MailChannel; readonly from: MailAddress } | undefined {
  const from = mailSender(config);
  if (from === undefined) return undefined;
  const { server, port, starttls, username, password } = config.mail;
  const login = username === undefined ? {} : { login: { user: username, password: password ?? '' } };
  return { from, channel: createMailChannel({ host: server, port, starttls, ...login }) };
}
