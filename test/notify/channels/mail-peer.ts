import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { onTestFinished } from 'vitest';
import { createMailChannel } from '../../../src/notify/channels/email/mail-channel.ts';
import type { MailServerOptions } from '../../../src/notify/channels/email/mail-transport.ts';
import type { OutgoingMail } from '../../../src/notify/delivery/outcome.ts';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate that nobody but itself vouches for. */
export function selfSigned(host: string): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'opsdeck-jobs-mail-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const kind = [
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ];
    const name = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
    execFileSync('openssl', ['req', ...kind, ...name, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly user: string | undefined;
  readonly raw: string;
  readonly parsed: ParsedMail;
}

/** A real SMTP server on loopback; closed with the test. Hooks of smtp-server change what it answers. */
export async function mailPeer(options: SMTPServerOptions) {
  const mails: ReceivedMail[] = [];
  let connections = 0;
  const server = new SMTPServer({
    authOptional: true,
    logger: false,
    closeTimeout: 100,
    onData: async (stream, session, callback) => {
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of stream) chunks.push(chunk);
      } catch {
        // The client broke off: there is nobody to answer.
        return;
      }
      const raw = Buffer.concat(chunks);
      const { mailFrom, rcptTo } = session.envelope;
      mails.push({
        from: mailFrom === false ? '' : mailFrom.address,
        to: rcptTo.map(({ address }) => address),
        secure: session.secure,
        user: typeof session.user === 'string' ? session.user : undefined,
        raw: raw.toString(),
        parsed: await simpleParser(raw),
      });
      callback(null);
    },
    ...options,
    onConnect: (session, callback) => {
      connections += 1;
      if (options.onConnect === undefined) callback();
      else options.onConnect(session, callback);
    },
  });
  // A client that breaks off, or refuses our certificate, is what some tests are about.
  server.on('error', () => {});
  const port = await new Promise<number>((resolve) => {
    const listening = server.listen(0, '127.0.0.1', () => {
      const address = listening.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  return { port, mails, connections: () => connections };
}

/** An answer of the server, for the hooks. */
export function reply(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

export function mailChannel(options: Partial<MailServerOptions> & { readonly port: number }) {
  const channel = createMailChannel({
    ...{ host: 'localhost', starttls: 'required', implicitTls: false, connections: 5 },
    ...options,
  });
  onTestFinished(() => channel.close());
  return channel;
}

export function mail(change: Partial<OutgoingMail> = {}): OutgoingMail {
  return {
    id: '0b8f6a52-6f0e-4b6e-9df2-1c1f0f6a7a11',
    event: 'LICENSE_EXPIRING',
    thread: null,
    subject: 'License expiring: Figma',
    html: '<!doctype html><html><body><h2>License</h2><p>It ends on <b>5 December</b>. <a href="https://o.example/l/7">Open</a></p></body></html>',
    attempt: 1,
    possibleRepeat: false,
    createdAt: new Date('2026-11-24T09:30:00.000Z'),
    from: { name: 'OpsDeck', address: 'opsdeck@company.example' },
    to: { name: 'Ana', address: 'ana@example.com' },
    replyTo: null,
    ...change,
  };
}
