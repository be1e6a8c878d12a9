import { readFileSync } from 'node:fs';
import { usage } from '../../../errors/usage.ts';
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
  const { server, port, starttls, tls, caFile, connections, username, password } = settings;
  const login = username === undefined ? {} : { login: { user: username, password: password ?? '' } };
  const channel = createMailChannel({
    host: server,
    port,
    implicitTls: tls === undefined ? port === 465 : tls === 'implicit',
    starttls,
    connections,
    ...(caFile === undefined ? {} : { ca: readAuthorities(caFile) }),
    ...login,
  });
  return { from, channel };
}

function readAuthorities(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw usage(
      `The certificates in mail.ca_file cannot be read: ${file} (${why}).`,
      'Set mail.ca_file to a readable PEM file.',
      'ca_file_unreadable',
    );
  }
}
