import { describe, expect, it } from 'vitest';
import {
  type AppliesTo,
  type MailStage,
  refusalRowOf,
  refusalRows,
} from '../../../src/notify/channels/email/mail-refusals.ts';

const cases: readonly (readonly [MailStage, string, AppliesTo])[] = [
  // The connection
  ['connect', '421 4.3.2 Service not available', 'server'],
  ['connect', '450 4.3.2 try later', 'server'],
  ['connect', '450 try later', 'server'],
  ['connect', '554 No SMTP service here', 'server'],
  ['STARTTLS', '454 4.7.0 TLS not available due to temporary reason', 'server'],
  ['STARTTLS', '501 5.5.4 Syntax error', 'sender'],
  // The login
  [
    'AUTH',
    '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant',
    'sender',
  ],
  ['AUTH', '535-5.7.8 Username and Password not accepted', 'sender'],
  ['AUTH', '432 4.7.12 A password transition is needed', 'sender'],
  ['AUTH', '432 4.3.2 Concurrent connections limit exceeded', 'server'],
  ['AUTH', '432 Too many connections', 'server'],
  ['AUTH', '454 4.7.0 Temporary authentication failure', 'server'],
  ['AUTH', '451 4.7.0 Temporary server error', 'server'],
  // The sender
  ['MAIL FROM', '530 5.7.57 Client not authenticated to send mail', 'sender'],
  ['RCPT TO', '530 5.7.0 Authentication required', 'sender'],
  ['RCPT TO', '550 5.7.1 Client was not authenticated', 'sender'],
  ['MAIL FROM', '550 5.7.60 SMTP; Client does not have permissions to send as this sender', 'sender'],
  ['DATA', '550 5.7.60 SMTP; Client does not have permissions to send as this sender', 'sender'],
  [
    'DATA',
    '554 5.2.252 SendAsDenied; ops@company.example not allowed to send as x@company.example',
    'sender',
  ],
  ['MAIL FROM', '550 5.7.30 Basic authentication is not supported for Client Submission', 'sender'],
  ['DATA', '550 5.7.30 Basic authentication is not supported for Client Submission', 'sender'],
  ['MAIL FROM', '553 5.1.8 Sender address rejected: domain not found', 'sender'],
  ['RCPT TO', '550 5.1.8 Access denied, bad outbound sender', 'sender'],
  ['DATA', '550 5.7.501 Access denied, spam abuse detected', 'sender'],
  ['RCPT TO', '550 5.7.705 Access denied, tenant has exceeded threshold', 'sender'],
  ['DATA', '550 5.4.5 Daily user sending limit exceeded', 'sender'],
  ['MAIL FROM', '550 5.4.5 Daily SMTP relay limit exceeded', 'sender'],
  ['DATA', '554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException', 'sender'],
  ['DATA', '554 5.2.2 mailbox full; STOREDRV.Submission.Exception', 'sender'],
  ['RCPT TO', '553 5.7.1 <ops@company.example>: Sender address rejected: not owned by user ops', 'sender'],
  [
    'RCPT TO',
    '550 5.1.0 <ops@company.example>: Sender address rejected: User unknown in virtual mailbox table',
    'sender',
  ],
  ['DATA', "550 5.1.90 Your message can't be sent because you've reached your daily limit", 'sender'],
  ['DATA', '550 5.7.232 your trial tenant has exceeded its external recipient limit', 'sender'],
  ['RCPT TO', '550 5.7.233 exceeded its tenant external recipient rate limit', 'sender'],
  // The server
  ['RCPT TO', '450 4.1.8 <ops@company.example>: Sender address rejected: Domain not found', 'server'],
  ['DATA', '454 Throttling failure: Maximum sending rate exceeded.', 'server'],
  ['MAIL FROM', '432 4.3.2 Concurrent connections limit exceeded', 'server'],
  ['MAIL FROM', '432 Too many connections', 'server'],
  ['DATA', '421 4.4.2 Connection dropped', 'server'],
  ['RCPT TO', '421 4.7.0 Try again later', 'server'],
  ['MAIL FROM', '451 4.7.500 Server busy. Please try again later', 'server'],
  ['RCPT TO', '451 4.7.650 The mail server has been temporarily rate limited', 'server'],
  ['MAIL FROM', '452 4.3.1 Insufficient system resources', 'server'],
  ['RCPT TO', '452 4.3.1 Insufficient system resources', 'server'],
  ['RCPT TO', '452 Insufficient system storage', 'server'],
  ['MAIL FROM', '450 4.7.1 Client host rejected', 'server'],
  ['RCPT TO', '451 4.3.0 Temporary lookup failure', 'server'],
  // The recipient, later
  ['RCPT TO', '450 4.2.0 Greylisted, try again in 300 seconds', 'recipient_later'],
  ['RCPT TO', '451 4.7.1 Greylisting in action', 'recipient_later'],
  ['RCPT TO', '451 4.3.0 Graylisted', 'recipient_later'],
  ['RCPT TO', '450 no', 'recipient_later'],
  ['RCPT TO', '452 4.2.2 Mailbox full', 'recipient_later'],
  ['RCPT TO', '452 4.5.3 Too many recipients', 'recipient_later'],
  ['RCPT TO', '552 5.2.2 Mailbox full', 'recipient_later'],
  ['RCPT TO', '552 Requested mail action aborted: exceeded storage allocation', 'recipient_later'],
  ['DATA', '550 5.2.2 Quota exceeded', 'recipient_later'],
  ['DATA', '451 4.7.1 Try again later', 'recipient_later'],
  // This message
  ['MAIL FROM', '553 5.6.7 Non-ASCII addresses not permitted', 'message'],
  ['MAIL FROM', '550 5.6.7 Non-ASCII addresses not permitted', 'message'],
  ['MAIL FROM', '552 5.3.4 Message size exceeds fixed limit', 'message'],
  ['MAIL FROM', '555 Parameters not recognised', 'message'],
  ['RCPT TO', '550 5.1.1 User unknown', 'message'],
  ['RCPT TO', '550 5.1.10 RESOLVER.ADR.RecipientNotFound', 'message'],
  ['RCPT TO', '553 no', 'message'],
  ['RCPT TO', '554 5.7.1 Relay access denied', 'message'],
  ['DATA', '554 5.7.1 Message contains spam', 'message'],
  ['DATA', '552 5.3.4 Message too big', 'message'],
];

const rowFor = (stage: MailStage, text: string) =>
  refusalRowOf({ stage, code: Number(text.slice(0, 3)), text });

describe('what a refusal applies to', () => {
  it.each(cases)('%s: %s', (stage, text, appliesTo) => {
    expect(rowFor(stage, text).appliesTo).toBe(appliesTo);
  });

  it('each row of the table decides about one of these', () => {
    const deciding = new Set(cases.map(([stage, text]) => rowFor(stage, text)));
    expect(refusalRows.filter((row) => !deciding.has(row))).toEqual([]);
  });

  it('every code at every stage has a row', () => {
    for (const stage of ['connect', 'STARTTLS', 'AUTH', 'MAIL FROM', 'RCPT TO', 'DATA'] as const) {
      for (let code = 400; code < 600; code += 1) {
        expect(refusalRowOf({ stage, code, text: `${code} no` })).toBeDefined();
      }
    }
  });
});
