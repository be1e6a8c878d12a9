import { Readable } from 'node:stream';
import { createTransport } from 'nodemailer';
import { loginBy, type MailOAuth } from './mail-oauth.ts';

export interface MailServerOptions {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly implicitTls: boolean;
  /** `off`: no encryption is asked for, without implicit TLS. */
  readonly starttls: 'required' | 'off';
  /** undefined: a relay that needs no login. The password is a secret. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Instead of `login`: tokens. */
  readonly oauth?: MailOAuth & { readonly user: string };
  /** PEM; trusted instead of the system's authorities. */
  readonly ca?: string;
  /** At once. */
  readonly connections: number;
  readonly timeouts?: MailTimeouts;
}

export interface MailTimeouts {
  readonly connectMs: number;
  /** To the server's first line. */
  readonly greetingMs: number;
  /** Without a word of the server. */
  readonly silenceMs: number;
  /** One mail, from waiting for a connection to the confirmation. */
  readonly totalMs: number;
}

/** What every connection to the server has, with a login or without. */
export function serverOptions(options: MailServerOptions, timeouts: MailTimeouts) {
  const { implicitTls } = options;
  return {
    host: options.host,
    port: options.port,
    secure: implicitTls,
    requireTLS: !implicitTls && options.starttls === 'required',
    ignoreTLS: !implicitTls && options.starttls === 'off',
    tls: { minVersion: 'TLSv1.2' as const, ...(options.ca === undefined ? {} : { ca: options.ca }) },
    dnsTimeout: timeouts.connectMs,
    connectionTimeout: timeouts.connectMs,
    greetingTimeout: timeouts.greetingMs,
    socketTimeout: timeouts.silenceMs,
  };
}

/** @param takenUp gets the content of each mail that a connection has taken up, by Message-ID: what is read of it may have arrived. */
export function openTransport(
  options: MailServerOptions,
  timeouts: MailTimeouts,
  takenUp: Map<string, Readable>,
) {
  const transport = createTransport({
    pool: true,
    ...serverOptions(options, timeouts),
    ...(options.oauth === undefined ? {} : { auth: loginBy(options.oauth, options.oauth.user) }),
    ...(options.login === undefined
      ? {}
      : { auth: { user: options.login.user, pass: options.login.password } }),
    maxConnections: options.connections,
    maxMessages: 100,
    // Only mails of which not a byte was sent, because their connection had been closed meanwhile: so may be all that are idle.
    maxRequeues: Math.max(2, options.connections),
  });
  transport.use('stream', (mail, done) => {
    const { messageId, raw } = mail.data;
    if (messageId === undefined || !Buffer.isBuffer(raw)) throw new Error('a mail is sent as it was made');
    // Called when a connection that is logged in takes the mail up, again for each connection; read is it when the server asks for it.
    mail.message.createReadStream = () => {
      // One piece: nodemailer's own streams would take it through four others.
      const content = Readable.from(raw);
      takenUp.set(messageId, content);
      return content;
    };
    done();
  });
  return transport;
}
