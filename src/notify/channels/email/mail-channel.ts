import type { Readable } from 'node:stream';
import type { DeliveryOutcome, OutgoingMail } from '../../delivery/outcome.ts';
import { plausibleAddress } from '../../plausible-address.ts';
import { type MailToSend, mailToSend } from './mail-message.ts';
import { withoutLogin } from './mail-oauth.ts';
import {
  type MailProgress,
  type MailServerState,
  mailServerState,
  outcomeOfMailError,
  withoutUtf8,
} from './mail-outcome.ts';
import { type MailServerOptions, type MailTimeouts, openTransport, serverOptions } from './mail-transport.ts';
import { needsUtf8, offersUtf8 } from './smtp-utf8.ts';

/*
 * E-mail by SMTP over a pool of connections. Port 465 is TLS from the first byte, others where it is configured; otherwise STARTTLS
 * is required unless the operator switched it off by name. Certificates are checked.
 *
 * One mail has one recipient, so a refused recipient fails one message. nodemailer itself sends a mail again only if its
 * connection was closed before a byte of the mail was asked for; nothing else is repeated here.
 */

export interface MailChannel {
  /** Never rejects. */
  send(mail: OutgoingMail, signal?: AbortSignal): Promise<DeliveryOutcome>;
  /** Connects and logs in without sending anything. */
  check(): Promise<MailServerState>;
  /** Ends idle connections at once, busy ones after their mail; what is sent later opens others. */
  close(): void;
}

const defaultTimeouts: MailTimeouts = {
  connectMs: 10_000,
  greetingMs: 15_000,
  silenceMs: 60_000,
  totalMs: 120_000,
};

export function createMailChannel(options: MailServerOptions): MailChannel {
  const timeouts = options.timeouts ?? defaultTimeouts;
  const { implicitTls } = options;
  const server = `${options.host}:${options.port}`;
  const scrub = scrubberOf(options.login);
  const takenUp = new Map<string, Readable>();
  let opened: ReturnType<typeof openTransport> | undefined;
  const transport = () => {
    opened ??= openTransport(options, timeouts, takenUp);
    return opened;
  };
  /** Asked once, of the first mail that needs it; null: not yet. */
  let utf8: boolean | null = null;
  const lacksUtf8 = async ({ from, to }: OutgoingMail, signal: AbortSignal) => {
    if (!needsUtf8(from.address) && !needsUtf8(to.address)) return false;
    utf8 ??= await offersUtf8(serverOptions(options, timeouts), signal);
    return !utf8;
  };

  return {
    async send(mail, signal) {
      if (plausibleAddress(mail.to.address) === null) {
        return { kind: 'failed', code: 'invalid_address', reason: 'the recipient is not an e-mail address' };
      }
      if (plausibleAddress(mail.from.address) === null) {
        return { kind: 'failed', code: 'invalid_address', reason: 'the sender is not an e-mail address' };
      }
      let message: MailToSend;
      try {
        message = mailToSend(mail);
      } catch {
        return { kind: 'failed', code: 'refused', reason: 'no mail can be made of this message' };
      }
      const stop = stopOf(signal, timeouts.totalMs);
      try {
        if (await lacksUtf8(mail, stop.signal)) return withoutUtf8(needsUtf8(mail.from.address));
        const { response } = await transport().sendMail({ ...message, signal: stop.signal });
        const providerId = queueIdOf(response);
        return providerId === undefined ? { kind: 'sent' } : { kind: 'sent', providerId };
      } catch (error) {
        const withoutToken = options.oauth && withoutLogin(error, options.oauth);
        if (withoutToken !== undefined) return withoutToken;
        return outcomeOfMailError(error, {
          progress: progressOf(takenUp.get(message.messageId)),
          stoppedBy: signal?.aborted === true ? 'caller' : stop.signal.aborted ? 'clock' : undefined,
          server,
          implicitTls,
          recipient: mail.to.address,
          otherScript: needsUtf8(mail.from.address) || needsUtf8(mail.to.address),
          scrub,
        });
      } finally {
        stop.dispose();
        takenUp.delete(message.messageId);
      }
    },

    async check() {
      try {
        await transport().verify();
        return { kind: 'ready' };
      } catch (error) {
        const login = options.oauth && withoutLogin(error, options.oauth);
        if (login !== undefined) {
          return { kind: login.code === 'server_away' ? 'away' : 'refused', reason: login.reason };
        }
        return mailServerState(error, { server, implicitTls, scrub });
      }
    },

    close: () => {
      opened?.close();
      opened = undefined;
    },
  };
}

function progressOf(content: Readable | undefined): MailProgress {
  if (content === undefined) return 'waiting';
  return content.readableDidRead ? 'begun' : 'taken_up';
}

/** What a server answers to a login may repeat it, also as it was sent. */
function scrubberOf(login: MailServerOptions['login']): (text: string) => string {
  if (login === undefined) return (text) => text;
  const { user, password } = login;
  const parts = [password, user];
  const sent = [...parts, `\u0000${user}\u0000${password}`].map((part) =>
    Buffer.from(part).toString('base64'),
  );
  const secrets = [...sent, ...parts].filter((part) => part.length >= 4);
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text);
}

/**
 * Aborted by the caller or after a time. Let go of as soon as the mail is sent: signals of `AbortSignal.timeout` would keep every
 * mail of the last two minutes in memory.
 */
function stopOf(signal: AbortSignal | undefined, afterMs: number) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, afterMs);
  if (signal?.aborted === true) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    dispose: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    },
  };
}

/** What servers call a mail that they have taken: `250 2.0.0 Ok: queued as 4F3A1`. */
function queueIdOf(response: string): string | undefined {
  return /\b(?:queued as|id=)\s*([\w.@-]{1,100})/i.exec(response)?.[1];
}
