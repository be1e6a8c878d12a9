import { z } from 'zod';
import { plainText } from '../../../text/plain-text.ts';
import type { DeliveryOutcome, Retry, RetryCode } from '../../delivery/outcome.ts';
import { enhancedCodeOf, type MailStage, type Refusal, refusalRowOf } from './mail-refusals.ts';
import { withoutParticulars } from './same-reply.ts';

/*
 * What an error of nodemailer means. What a reply of the server applies to is decided by mail-refusals.ts; this is the rest:
 *
 * | what happened                                 | outcome                                                      |
 * | --------------------------------------------- | ------------------------------------------------------------ |
 * | no connection, no greeting                    | retry `server_away`: it concerns every mail                  |
 * | no STARTTLS, an untrusted certificate         | retry `tls_refused`: it concerns every mail                  |
 * | letters beyond ASCII before the @, no SMTPUTF8 | failed; the sender's: retry, it concerns every mail          |
 * | the connection ends before a mail is asked for | retry; it has not arrived                                   |
 * | the connection ends in the middle of a mail   | retry; the mail may have arrived                             |
 */

/** For `doctor`, and for telling "the server is away" from "the server refuses". */
export type MailServerState =
  | { readonly kind: 'ready' }
  /** Nobody answers: try again later. */
  | { readonly kind: 'away'; readonly reason: string; readonly next?: string }
  /** It answers and does not let us in: an operator must act. */
  | { readonly kind: 'refused'; readonly reason: string; readonly next?: string };

const mailError = z.object({
  code: z.string().optional().catch(undefined),
  originalCode: z.string().optional().catch(undefined),
  command: z.string().optional().catch(undefined),
  response: z.string().optional().catch(undefined),
  responseCode: z.number().optional().catch(undefined),
  message: z.string().catch(''),
});
type MailError = z.infer<typeof mailError>;

/** `taken_up`: a connection that is logged in had it, and sent not a byte of it; `begun`: it may have arrived. */
export type MailProgress = 'waiting' | 'taken_up' | 'begun';

/** What is known of the attempt besides the error. */
export interface MailAttempt {
  readonly progress: MailProgress;
  readonly stoppedBy: 'caller' | 'clock' | undefined;
  /** Host and port of the mail server, for people. */
  readonly server: string;
  /** TLS from the first byte. */
  readonly implicitTls: boolean;
  /** Of both addresses: one has letters beyond ASCII. */
  readonly otherScript: boolean;
  readonly recipient: string;
  /** Masks what of the login a text repeats. */
  scrub(text: string): string;
}

export function outcomeOfMailError(thrown: unknown, attempt: MailAttempt): DeliveryOutcome {
  const { progress, stoppedBy } = attempt;
  const begun = progress === 'begun';
  const error = mailError.parse(thrown);
  if (error.code === 'EABORT' || error.code === 'ABORT_ERR') {
    return stoppedBy === 'caller'
      ? retry('interrupted', 'sending was interrupted', { costsAttempt: false, mayHaveArrived: begun })
      : retry('timed_out', 'the mail server did not confirm the mail in time', { mayHaveArrived: begun });
  }
  const refusal = refusalIn(error);
  if (refusal !== undefined && !isTls(error)) return outcomeOfRefusal(refusal, attempt);
  if (error.code === 'EENVELOPE' || error.code === 'EMESSAGE') {
    // Before anything was sent: an address that cannot be written in SMTP, or a mail beyond the server's size.
    return {
      kind: 'failed',
      code: 'refused',
      reason: 'the mail server cannot take this address or a mail of this size',
    };
  }
  if (progress !== 'waiting' && error.code !== 'ETLS') {
    const code = error.code === 'ETIMEDOUT' ? 'timed_out' : 'connection_lost';
    const before = begun ? 'it confirmed the mail' : 'it asked for the mail';
    const reason = `the connection to the mail server ended before ${before}${detail(error)}`;
    return retry(code, reason, { mayHaveArrived: begun });
  }
  return beforeTheMail(error, attempt);
}

export function mailServerState(
  thrown: unknown,
  { server, implicitTls, scrub }: Pick<MailAttempt, 'server' | 'implicitTls' | 'scrub'>,
): MailServerState {
  const attempt = {
    progress: 'waiting' as const,
    stoppedBy: undefined,
    server,
    implicitTls,
    otherScript: false,
    recipient: '',
    scrub,
  };
  const outcome = outcomeOfMailError(thrown, attempt);
  if (outcome.kind === 'sent') throw new Error('an error is no success');
  const isAway =
    outcome.kind === 'retry' && (outcome.code === 'server_away' || outcome.code === 'server_busy');
  const next = outcome.kind === 'retry' && outcome.next !== undefined ? { next: outcome.next } : {};
  return { kind: isAway ? 'away' : 'refused', reason: outcome.reason, ...next };
}

const stages: Readonly<Record<string, MailStage>> = {
  'MAIL FROM': 'MAIL FROM',
  'RCPT TO': 'RCPT TO',
  DATA: 'DATA',
  STARTTLS: 'STARTTLS',
};

/** undefined: the server did not refuse anything; its connection failed. */
function refusalIn({ code, command = '', response = '', responseCode }: MailError): Refusal | undefined {
  if (responseCode === undefined || responseCode < 400 || responseCode > 599) return undefined;
  const stage = command.startsWith('AUTH') || code === 'EAUTH' ? 'AUTH' : (stages[command] ?? 'connect');
  return { stage, code: responseCode, text: response };
}

function outcomeOfRefusal(
  refusal: Refusal,
  { server, otherScript, recipient, scrub }: MailAttempt,
): DeliveryOutcome {
  const { appliesTo, next } = refusalRowOf(refusal);
  const answer = oneLine(scrub(refusal.text)) || String(refusal.code);
  const advice = next === undefined ? {} : { next };
  // RFC 3463 3.2: X.1.x is about this address.
  const isOwn = enhancedCodeOf(refusal.text)?.slice(1).startsWith('.1.') === true || recipient === '';
  const same = isOwn ? {} : { sameReply: withoutParticulars(answer, recipient) };
  switch (appliesTo) {
    case 'message': {
      const script = otherScript ? '; the address has letters beyond ASCII' : '';
      return {
        kind: 'failed',
        code: 'refused',
        reason: `the mail server answered ${answer}${script}`,
        ...same,
      };
    }
    case 'recipient_later':
      return {
        ...retry('recipient_later', `the mail server answered ${answer}`, { costsAttempt: false }),
        ...same,
      };
    case 'server': {
      const reason =
        refusal.stage === 'connect'
          ? `no connection to the mail server ${server}: it answered ${answer}`
          : `the mail server answered ${answer}`;
      const code = refusal.stage === 'connect' ? 'server_away' : 'server_busy';
      return retry(code, reason, { costsAttempt: false, ...advice });
    }
    case 'sender':
      return refusal.stage === 'AUTH'
        ? retry('login_refused', `the mail server refused the login: ${answer}`, {
            costsAttempt: false,
            ...advice,
          })
        : retry('sender_refused', `the mail server refuses the sender: ${answer}`, {
            costsAttempt: false,
            ...advice,
          });
    default:
      return appliesTo satisfies never;
  }
}

/** An address cannot be written to this server; whose it is decides whether that concerns every mail. */
export function withoutUtf8(isSender: boolean): DeliveryOutcome {
  const why = 'has letters beyond ASCII before the @, and the mail server does not offer SMTPUTF8';
  if (!isSender) {
    return { kind: 'failed', code: 'needs_smtputf8', reason: `the recipient's address ${why}` };
  }
  const next = 'Set OPSDECK_JOBS_MAIL_FROM to an address in ASCII, or use a server with SMTPUTF8.';
  return retry('sender_refused', `the sender's address ${why}`, { costsAttempt: false, next });
}

/** While connecting and logging in, without a reply that refuses something. */
function beforeTheMail(error: MailError, { server, implicitTls, scrub }: MailAttempt): Retry {
  const free = { costsAttempt: false };
  if (error.code === 'EAUTH' || error.code === 'ENOAUTH') {
    return retry(
      'login_refused',
      `the mail server refused the login: ${oneLine(scrub(error.message))}`,
      free,
    );
  }
  if (isWrongVersion(error)) {
    const next = 'Set mail.tls to starttls, or mail.port to the port for TLS from the first byte.';
    const reason = 'the mail server does not speak TLS from the first byte on this port';
    return retry('tls_refused', reason, { ...free, next });
  }
  if (isCertificateError(error)) {
    const next = isUnknownAuthority(error)
      ? 'Set mail.ca_file to the certificate (PEM) of the authority that signed it.'
      : 'Set SMTP_SERVER to the name in the certificate, or renew the certificate.';
    const reason = `the certificate of the mail server is not trusted${detail(error)}`;
    return retry('tls_refused', reason, { ...free, next });
  }
  if (isTls(error)) {
    const next =
      'Set mail.port to a port with STARTTLS, mail.tls to implicit, or for a relay on the same machine mail.starttls to off.';
    const reason = `no encrypted connection to the mail server${detail(error)}: it does not offer STARTTLS`;
    return retry('tls_refused', reason, { ...free, next });
  }
  const silent = !implicitTls && /greeting/i.test(error.message);
  const next = 'Set mail.tls to implicit if this port expects TLS from the first byte.';
  return retry('server_away', `no connection to the mail server ${server}${detail(error)}`, {
    ...free,
    ...(silent ? { next } : {}),
  });
}

function isTls({ code, command }: MailError): boolean {
  return code === 'ETLS' && command !== 'AUTH';
}

/** The other side answered in clear text. */
function isWrongVersion({ originalCode = '', message }: MailError): boolean {
  return (
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(originalCode) || /wrong version number/i.test(message)
  );
}

function isCertificateError({ originalCode = '', command, message }: MailError): boolean {
  const certificate =
    /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH|EPROTO$)/;
  return certificate.test(originalCode) || (command === 'CONN' && /certificate|altnames/i.test(message));
}

function isUnknownAuthority({ originalCode = '', message }: MailError): boolean {
  return /SELF_SIGNED|UNABLE_TO/.test(originalCode) || /self-signed|unable to/i.test(message);
}

interface RetryDetails {
  readonly costsAttempt?: boolean;
  readonly mayHaveArrived?: boolean;
  readonly next?: string;
}

function retry(
  code: RetryCode,
  reason: string,
  { costsAttempt = true, mayHaveArrived = false, next }: RetryDetails = {},
): Retry {
  return {
    kind: 'retry',
    code,
    reason,
    costsAttempt,
    mayHaveArrived,
    ...(next === undefined ? {} : { next }),
  };
}

/** The server's own words with their link; every line of a reply repeats the codes. */
function oneLine(reply: string): string {
  const [first = '', ...more] = reply.split(/\r?\n/);
  const rest = more.map((line) => line.replace(/^\d{3}[ -](?:[245]\.\d{1,3}\.\d{1,3} )?/, ''));
  return plainText([first.replace(/^(\d{3})-/, '$1 '), ...rest].join(' '))
    .trim()
    .slice(0, 400);
}

/** The system's code says more than nodemailer's; a reply of the server says most. */
function detail({ responseCode, originalCode, code }: MailError): string {
  const known = responseCode ?? originalCode ?? code;
  return known === undefined ? '' : ` (${known})`;
}
