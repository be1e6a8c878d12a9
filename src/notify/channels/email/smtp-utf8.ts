import { domainToASCII } from 'node:url';
import SMTPConnection from 'nodemailer/lib/smtp-connection';

/*
 * Addresses beyond ASCII. A domain always has an ASCII form (punycode), which nodemailer writes. A local part has none: it needs a
 * server with SMTPUTF8 (RFC 6531), and nodemailer would write its bytes to any other server, too, which may drop the mail or take it for another's.
 */

/** Whether an address can be written to a server with SMTPUTF8 only. */
export function needsUtf8(address: string): boolean {
  return /[^\p{ASCII}]/u.test(address.slice(0, address.lastIndexOf('@')));
}

/** The domain as it stands in headers; null: it is none. */
export function asciiDomain(address: string): string | null {
  const domain = domainToASCII(address.slice(address.lastIndexOf('@') + 1));
  return /^[a-z0-9.-]+$/i.test(domain) ? domain : null;
}

/** Whether the server offers SMTPUTF8, by a connection of its own without a login. Rejects as nodemailer's own connections do. */
export function offersUtf8(
  options: ConstructorParameters<typeof SMTPConnection>[0],
  signal: AbortSignal,
): Promise<boolean> {
  const connection = new SMTPConnection(options);
  return new Promise<boolean>((resolve, reject) => {
    const abort = () => reject(Object.assign(new Error('interrupted'), { code: 'ABORT_ERR' }));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    connection.on('error', reject);
    connection.once('end', () =>
      reject(Object.assign(new Error('Connection closed'), { code: 'ECONNECTION' })),
    );
    connection.connect(() => {
      // What it answered to EHLO, after STARTTLS.
      resolve(/^250[ -]SMTPUTF8\b/im.test(String(connection.lastServerResponse)));
      connection.quit();
    });
  }).finally(() => connection.close());
}
