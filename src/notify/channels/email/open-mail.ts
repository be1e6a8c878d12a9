import { readFileSync } from 'node:fs';
import { usage } from '../../../errors/usage.ts';
import type { MailAddress } from '../../delivery/outcome.ts';
import type { ChannelSurroundings } from '../definition.ts';
import { createMailChannel, type MailChannel } from './mail-channel.ts';
import { openMailOAuth } from './mail-oauth.ts';
import { mailSender } from './mail-sender.ts';
import { oauthLacks } from './oauth-lacks.ts';
import type { EmailSettings } from './settings.ts';

export interface OpenMail {
  readonly channel: MailChannel;
  readonly from: MailAddress;
  /** Who answers go to; null: it is not configured. */
  readonly replyTo: string | null;
}

/** The configured mail server, which is not connected yet; undefined: e-mail is not configured. */
export function openMail(
  settings: EmailSettings,
  surroundings: Pick<ChannelSurroundings, 'http' | 'now'>,
): OpenMail | undefined {
  const from = mailSender(settings);
  if (from === undefined || oauthLacks(settings) !== null) return undefined;
  const oauth = openMailOAuth(settings, surroundings);
  const { server, port, starttls, tls, caFile, connections, username, password } = settings;
  const login =
    oauth !== undefined
      ? { oauth: { ...oauth, user: username ?? from.address } }
      : username === undefined
        ? {}
        : { login: { user: username, password: password ?? '' } };
  const channel = createMailChannel({
    host: server,
    port,
    implicitTls: tls === undefined ? port === 465 : tls === 'implicit',
    starttls,
    connections,
    ...(caFile === undefined ? {} : { ca: readAuthorities(caFile) }),
    ...login,
  });
  return { from, replyTo: settings.replyTo ?? null, channel };
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
