import * as base64 from 'nodemailer/lib/base64';
import { foldLines } from 'nodemailer/lib/mime-funcs';
import MimeNode, { type MimeNodeHeaderValue } from 'nodemailer/lib/mime-node';
import * as qp from 'nodemailer/lib/qp';

/*
 * A mail as it is sent, in one piece. nodemailer encodes and folds headers and bodies; put together they are here, because its own
 * tree of streams takes more of the processor than all else of sending a mail.
 */

export type MailHeaders = Readonly<Record<string, MimeNodeHeaderValue>>;

/** Encodes headers only; each node that is made asks the system for randomness. */
const node = new MimeNode();

/** @param id of the message: a text that stands in no other mail. */
export function mimeText(
  id: string,
  headers: MailHeaders,
  { text, html }: { readonly text: string; readonly html: string },
): Buffer {
  // No line of an encoded body holds `=_` (RFC 2045, 6.7).
  const boundary = `=_${id}`;
  return Buffer.from(
    [
      ...Object.entries(headers).map(([name, value]) => headerLine(name, value)),
      'MIME-Version: 1.0',
      `Content-Type: multipart/alternative; boundary="${boundary}"`,
      '',
      `--${boundary}`,
      ...part('text/plain', text),
      `--${boundary}`,
      ...part('text/html', html),
      `--${boundary}--`,
      '',
    ].join('\r\n'),
  );
}

function headerLine(name: string, value: MimeNodeHeaderValue): string {
  return foldLines(`${name}: ${node.encodeHeaderValue(name, value)}`, 76);
}

function part(type: string, content: string): readonly string[] {
  const lines = content.replace(/\r\n?|\n/g, '\r\n');
  const quoted = qp.encode(lines);
  // Of other alphabets, base64 is the shorter.
  const isShort = quoted.length <= (Buffer.byteLength(lines) * 4) / 3;
  return [
    `Content-Type: ${type}; charset=utf-8`,
    `Content-Transfer-Encoding: ${isShort ? 'quoted-printable' : 'base64'}`,
    '',
    isShort ? qp.wrap(quoted) : base64.wrap(base64.encode(lines)),
  ];
}
