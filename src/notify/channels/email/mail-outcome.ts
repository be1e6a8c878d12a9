import { z } from 'zod';
import { plainText } from '../../../text/plain-text.ts';
import type { DeliveryOutcome, Retry, RetryCode } from '../../delivery/outcome.ts';

/*
 * What an error of nodemailer means.
 *
 * | what happened                                 | outcome                                                      |
 * | --------------------------------------------- | ------------------------------------------------------------ |
 * | 5xx to MAIL FROM, RCPT TO or the mail         | failed                                                       |
 * | 4xx to them                                   | retry                                                        |
 * | no connection, no greeting, a refused EHLO    | retry `server_away`                                          |
 * | no STARTTLS, an untrusted certificate         | retry `tls_refused`, no attempt: it concerns every mail      |
 * | a refused login, whatever the code            | retry `login_refused`, no attempt: it concerns every mail    |
 * | the connection ends in the middle of a mail   | retry; the mail may have arrived                             |
 */

/** For `doctor`, and for telling "the server is away" from "the server refuses". */
export type MailServerState =
  | { readonly kind: 'ready' }
  /** Nobody answers: try again later. */
  | { readonly kind: 'away'; readonly reason: string }
  /** It answers and does not let us in: an operator must act. */
  | { readonly kind: 'refused'; readonly reason: string };

const mailError = z.object({
  code: z.string().optional().catch(undefined),
  originalCode: z.string().optional().catch(undefined),
  command: z.string().optional().catch(undefined),
  response: z.string().optional().catch(undefined),
  responseCode: z.number().optional().catch(undefined),
  message: z.string().catch(''),
});
type MailError = z.infer<typeof mailError>;

/** `begun`: a connection had taken the mail up. */
export function outcomeOfMailError(
  thrown: unknown,
  { begun, stoppedBy }: { readonly begun: boolean; readonly stoppedBy: 'caller' | 'clock' | undefined },
): DeliveryOutcome {
  const error = mailError.parse(thrown);
  if (error.code === 'EABORT' || error.code === 'ABORT_ERR') {
    return stoppedBy === 'caller'
      ? retry('interrupted', 'sending was interrupted', { costsAttempt: false, mayHaveArrived: begun })
      : retry('timed_out', 'the mail server did not confirm the mail in time', { mayHaveArrived: begun });
  }
  const { responseCode } = error;
  if ((error.code === 'EENVELOPE' || error.code === 'EMESSAGE') && responseCode !== undefined) {
    const reason = `the mail server answered ${quoted(error)}`;
    return responseCode >= 500
      ? { kind: 'failed', code: 'refused', reason }
      : retry('refused_for_now', reason);
  }
  if (error.code === 'EENVELOPE' || error.code === 'EMESSAGE') {
    // Before anything was sent: an address in a script that the server cannot take, or a mail beyond its size.
    return {
      kind: 'failed',
      code: 'refused',
      reason: 'the mail server cannot take this address or a mail of this size',
    };
  }
  if (begun) {
    const code = error.code === 'ETIMEDOUT' ? 'timed_out' : 'connection_lost';
    return retry(
      code,
      `the connection to the mail server ended before it confirmed the mail${detail(error)}`,
      {
        mayHaveArrived: true,
      },
    );
  }
  return beforeTheMail(error);
}

export function mailServerState(thrown: unknown): MailServerState {
  const outcome = beforeTheMail(mailError.parse(thrown));
  return { kind: outcome.code === 'server_away' ? 'away' : 'refused', reason: outcome.reason };
}

/** While connecting and logging in. */
function beforeTheMail(error: MailError): Retry {
  switch (error.code) {
    case 'EAUTH':
    case 'ENOAUTH':
      // What a server answers to a login may repeat it.
      return retry('login_refused', `the mail server refused the login${codeOnly(error)}`, {
        costsAttempt: false,
      });
    case 'ETLS':
      return retry('tls_refused', `no encrypted connection to the mail server${codeOnly(error)}`, {
        costsAttempt: false,
      });
    default:
      if (isCertificateError(error)) {
        return retry('tls_refused', `the certificate of the mail server is not trusted${detail(error)}`, {
          costsAttempt: false,
        });
      }
      return retry('server_away', `no connection to the mail server${detail(error)}`);
  }
}

function isCertificateError({ originalCode = '', command, message }: MailError): boolean {
  const certificate =
    /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH|EPROTO$)/;
  return certificate.test(originalCode) || (command === 'CONN' && /certificate|altnames/i.test(message));
}

function retry(code: RetryCode, reason: string, { costsAttempt = true, mayHaveArrived = false } = {}): Retry {
  return { kind: 'retry', code, reason, costsAttempt, mayHaveArrived };
}

/** The server's reply to this mail, as one line. */
function quoted({ response = '', responseCode }: MailError): string {
  return plainText(response).trim().slice(0, 300) || String(responseCode);
}

function codeOnly({ responseCode }: MailError): string {
  return responseCode === undefined ? '' : ` (${responseCode})`;
}

/** The system's code says more than nodemailer's; a reply of the server says most. */
function detail({ responseCode, originalCode, code }: MailError): string {
  const known = responseCode ?? originalCode ?? code;
  return known === undefined ? '' : ` (${known})`;
}
