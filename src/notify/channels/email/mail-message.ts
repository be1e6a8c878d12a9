import { createHash } from 'node:crypto';
import { plainText } from '../../../text/plain-text.ts';
import type { OutgoingMail } from '../../delivery/outcome.ts';
import { htmlToMailText } from '../../forms/html-to-plain.ts';
import { withRepeatNote } from '../../forms/repeat-note.ts';
import type { MailThread } from '../../notifier.ts';
import { type MailHeaders, mimeText } from './mime-text.ts';
import { asciiDomain } from './smtp-utf8.ts';

/*
 * What a mail consists of. Everything is decided by the message, nothing by the moment, so that two attempts send the same
 * mail: Message-ID from its UUID, or of the first of a thread from the thread, so that the others can refer to it; Date from when it was due;
 * the boundary of its parts from its UUID. Subject and names lose line ends and control characters here,
 * and nodemailer encodes and folds them (RFC 2047, RFC 5322): no text can begin a header of its own.
 */

/** What is sent, and to whom: exactly one recipient, whatever a header might be read as. */
export interface MailToSend {
  readonly messageId: string;
  readonly envelope: { readonly from: string; readonly to: string };
  readonly raw: Buffer;
}

export function mailToSend(mail: OutgoingMail): MailToSend {
  const html = mail.possibleRepeat ? withRepeatNote(mail.html) : mail.html;
  const text = mail.possibleRepeat || mail.text === undefined ? htmlToMailText(html) : mail.text;
  const messageId = mail.thread?.begins === true ? threadIdOf(mail, mail.thread) : idOf(mail, mail.id);
  const headers: MailHeaders = {
    From: { name: cleanName(mail.from.name), address: mail.from.address },
    To: { name: cleanName(mail.to.name), address: mail.to.address },
    ...(mail.replyTo === null ? {} : { 'Reply-To': { name: '', address: mail.replyTo } }),
    Subject: plainText(mail.subject),
    'Message-ID': messageId,
    ...referencesOf(mail),
    Date: mail.createdAt,
    // RFC 3834: no out-of-office replies.
    'Auto-Submitted': 'auto-generated',
    // All but NDR: that a mail could not be delivered is wanted.
    'X-Auto-Response-Suppress': 'DR, RN, NRN, OOF, AutoReply',
    // RFC 2919: what filters of mail programs go by.
    'List-ID': `<${mail.event.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.opsdeck-jobs.${domainOf(mail)}>`,
    ...(mail.possibleRepeat ? { 'X-OpsDeck-Possible-Repeat': `yes; attempt=${mail.attempt}` } : {}),
  };
  return {
    messageId,
    envelope: { from: mail.from.address, to: mail.to.address },
    raw: mimeText(mail.id, headers, { text, html }),
  };
}

/** The same on every attempt, so that mail programs and servers can drop repeats. */
function idOf(mail: OutgoingMail, name: string): string {
  return `<${name}@${domainOf(mail)}>`;
}

function threadIdOf(mail: OutgoingMail, { key }: MailThread): string {
  return idOf(mail, `thread-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`);
}

/** What comes after the first mail of a thread is an answer to it (RFC 5322, 3.6.4). */
function referencesOf(mail: OutgoingMail): MailHeaders {
  if (mail.thread === null || mail.thread.begins) return {};
  const first = threadIdOf(mail, mail.thread);
  return { 'In-Reply-To': first, References: first };
}

function domainOf({ from }: OutgoingMail): string {
  return asciiDomain(from.address) ?? 'opsdeck-jobs.invalid';
}

function cleanName(name: string | null): string {
  return plainText(name ?? '').trim();
}
