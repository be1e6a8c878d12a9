/*
 * What a refusal of a mail server applies to: one table, of which the most specific row wins.
 *
 * | applies to        | what follows                                                                                        |
 * | ----------------- | --------------------------------------------------------------------------------------------------- |
 * | `message`         | this mail has failed; the others go on                                                              |
 * | `sender`          | nobody's mail is accepted until an operator acts: the channel stops, no attempt is used, the run fails |
 * | `server`          | nobody's mail is accepted for now: the channel is paused with growing intervals, no attempt is used |
 * | `recipient_later` | this recipient is tried again with growing intervals until `mail.give_up_after`                     |
 *
 * Sources: RFC 5321 (SMTP), 3463 and 5248 (enhanced codes), 4954 (AUTH), 3207 (STARTTLS), 1870 (SIZE), 6531 (SMTPUTF8);
 * "Exchange": Microsoft Learn, "Email non-delivery reports and SMTP errors in Exchange Online" and "Exchange Online limits";
 * "Gmail": Google Workspace Admin Help, "Gmail SMTP errors and codes"; "Postfix": postconf(5), smtpd_delay_reject and
 * smtpd_sender_restrictions; "SES": Amazon SES Developer Guide, "SMTP response codes".
 */

export type MailStage = 'connect' | 'STARTTLS' | 'AUTH' | 'MAIL FROM' | 'RCPT TO' | 'DATA';

export type AppliesTo = 'message' | 'sender' | 'server' | 'recipient_later';

export interface RefusalRow {
  /** undefined: any. */
  readonly stage?: MailStage;
  /** `4xx`: any that begins so. */
  readonly code: string;
  /** `4.7.5xx`: x is any digit; `5.1`: all that begin with it. undefined: any, or none. */
  readonly enhanced?: string;
  /** Only where codes are shared. */
  readonly text?: RegExp;
  readonly appliesTo: AppliesTo;
  /** The setting that answers it. */
  readonly next?: string;
}

/** A refusal as the server wrote it. */
export interface Refusal {
  readonly stage: MailStage;
  readonly code: number;
  /** `550 5.7.60 SMTP; Client does not have permissions …`. */
  readonly text: string;
}

const login =
  'Check EMAIL_USERNAME and EMAIL_PASSWORD, and that the server lets this account log in by SMTP.';
const sendAs = 'Set OPSDECK_JOBS_MAIL_FROM to an address that this account may send as.';
const quota = "Wait until the account's limit is reset, or set mail.per_minute below the provider's limit.";
const fewer = "Set mail.connections and mail.per_minute below the provider's limits.";

export const refusalRows: readonly RefusalRow[] = [
  // RFC 5321 4.2.1: the second and the first digit decide when nothing else is known.
  { code: '4xx', appliesTo: 'recipient_later' },
  { code: '5xx', appliesTo: 'message' },
  // RFC 5321 3.1: no SMTP service here, or not now; RFC 3207 4: TLS is not available for now.
  { stage: 'connect', code: '4xx', appliesTo: 'server' },
  { stage: 'connect', code: '5xx', appliesTo: 'server' },
  { stage: 'STARTTLS', code: '4xx', appliesTo: 'server' },
  { stage: 'STARTTLS', code: '5xx', appliesTo: 'sender' },
  // RFC 5321 3.8: the server closes the connection, whatever it is asked.
  { code: '421', appliesTo: 'server', next: fewer },
  // RFC 4954 4 and 6: a temporary authentication failure is the server's; any other refused login stops everybody.
  { stage: 'AUTH', code: '4xx', appliesTo: 'server' },
  { stage: 'AUTH', code: '5xx', appliesTo: 'sender', next: login },
  // RFC 4954 6: a password transition is needed.
  { stage: 'AUTH', code: '432', enhanced: '4.7.12', appliesTo: 'sender', next: login },
  // RFC 4954 6: authentication required, at whatever command. Exchange 5.7.57: the client was not authenticated.
  { code: '530', appliesTo: 'sender', next: login },
  { code: '550', text: /client was not authenticated/i, appliesTo: 'sender', next: login },
  // RFC 5321 3.3: the reply to MAIL FROM is about the sender, or the server as a whole.
  { stage: 'MAIL FROM', code: '4xx', appliesTo: 'server' },
  { stage: 'MAIL FROM', code: '5xx', appliesTo: 'sender', next: sendAs },
  // RFC 6531 3.4: addresses in this script are not accepted; RFC 1870 6.1 and RFC 3463 3.4: the mail is too large; RFC 5321 4.1.1.11: parameters.
  { stage: 'MAIL FROM', code: '550', enhanced: '5.6.7', appliesTo: 'message' },
  { stage: 'MAIL FROM', code: '553', enhanced: '5.6.7', appliesTo: 'message' },
  { stage: 'MAIL FROM', code: '552', appliesTo: 'message' },
  { stage: 'MAIL FROM', code: '555', appliesTo: 'message' },
  // RFC 3463 3.4: X.3.x is about the mail system, except that 5.3.4 is a mail that is too large (5xx rows above).
  { code: '4xx', enhanced: '4.3', appliesTo: 'server' },
  // RFC 5321 4.2.3: insufficient system storage; RFC 3463 3.3: 4.2.2 is the recipient's mailbox.
  { code: '452', appliesTo: 'server' },
  { code: '452', enhanced: '4.2', appliesTo: 'recipient_later' },
  // RFC 3463 3.6: too many recipients; each mail has one, so it is a limit for this one.
  { code: '452', enhanced: '4.5.3', appliesTo: 'recipient_later' },
  // Exchange 4.3.2: more connections at once than an account may have.
  { code: '432', appliesTo: 'server', next: fewer },
  { code: '432', enhanced: '4.3.2', appliesTo: 'server', next: fewer },
  // Exchange 4.7.500 to 4.7.699: throttled, try again later.
  { code: '451', enhanced: '4.7.5xx', appliesTo: 'server', next: fewer },
  { code: '451', enhanced: '4.7.6xx', appliesTo: 'server', next: fewer },
  // RFC 6647 2.1: greylisting, with codes of the server's choice.
  { stage: 'RCPT TO', code: '4xx', enhanced: '4.3', text: /gr[ae]y-?list/i, appliesTo: 'recipient_later' },
  // RFC 5321 4.2.3 and RFC 3463 3.3: the mailbox is full, which passes.
  { stage: 'RCPT TO', code: '552', appliesTo: 'recipient_later' },
  { code: '5xx', enhanced: '5.2.2', appliesTo: 'recipient_later' },
  // Exchange: the sending account may not send as this address.
  { code: '550', enhanced: '5.7.60', appliesTo: 'sender', next: sendAs },
  { code: '554', enhanced: '5.2.252', appliesTo: 'sender', next: sendAs },
  // Postfix answers MAIL FROM only at RCPT TO (smtpd_delay_reject): what it refuses is the sender of every mail.
  { stage: 'RCPT TO', code: '5xx', text: /sender address rejected/i, appliesTo: 'sender', next: sendAs },
  { stage: 'RCPT TO', code: '4xx', text: /sender address rejected/i, appliesTo: 'server' },
  // Exchange: password login is switched off.
  { code: '550', enhanced: '5.7.30', appliesTo: 'sender', next: login },
  // Exchange: the sender is banned, or the tenant is over its limits.
  { code: '550', enhanced: '5.1.8', appliesTo: 'sender' },
  { code: '550', enhanced: '5.7.5xx', appliesTo: 'sender' },
  { code: '550', enhanced: '5.7.7xx', appliesTo: 'sender' },
  // Gmail: the daily limit of the account, or of the relay, is reached.
  { code: '550', enhanced: '5.4.5', appliesTo: 'sender', next: quota },
  // Exchange: the daily limits of the account and of the tenant.
  { code: '550', enhanced: '5.1.90', appliesTo: 'sender', next: quota },
  { code: '550', enhanced: '5.7.232', appliesTo: 'sender', next: quota },
  { code: '550', enhanced: '5.7.233', appliesTo: 'sender', next: quota },
  // SES, after DATA: the account's rate, or its daily limit.
  { code: '454', text: /Throttling failure/i, appliesTo: 'server', next: quota },
  // Exchange, after DATA: the limits of the sending mailbox; the codes are also those of a recipient's.
  {
    code: '554',
    enhanced: '5.2.0',
    text: /SubmissionQuotaExceeded/i,
    appliesTo: 'sender',
    next: quota,
  },
  { code: '554', enhanced: '5.2.2', text: /STOREDRV\.Submission/i, appliesTo: 'sender', next: quota },
];

/** The row that decides about a refusal; every code of 4xx and 5xx has one. Pure. */
export function refusalRowOf({ stage, code, text }: Refusal): RefusalRow {
  const enhanced = enhancedCodeOf(text);
  let best: RefusalRow | undefined;
  for (const row of refusalRows) {
    const matches =
      (row.stage === undefined || row.stage === stage) &&
      matchesDigits(row.code, String(code)) &&
      (row.enhanced === undefined || (enhanced !== undefined && isWithin(row.enhanced, enhanced))) &&
      (row.text === undefined || row.text.test(text));
    if (matches && (best === undefined || weight(row) > weight(best))) best = row;
  }
  if (best === undefined) throw new Error(`${code} is no refusal`);
  return best;
}

/** A pattern of the text says more than an enhanced code, that more than a basic code, and that more than the stage. */
function weight({ stage, code, enhanced, text }: RefusalRow): number {
  const depth = enhanced === undefined ? 0 : enhanced.split('.').length;
  return (
    (text === undefined ? 0 : 100) +
    depth * 10 +
    (code.endsWith('xx') ? 0 : 4) +
    (stage === undefined ? 0 : 2)
  );
}

/** `550 5.7.60 …` and `550-5.7.60 …`. */
export function enhancedCodeOf(text: string): string | undefined {
  return /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(text)?.[1];
}

function isWithin(pattern: string, enhanced: string): boolean {
  const given = enhanced.split('.');
  return pattern.split('.').every((part, at) => matchesDigits(part, given[at] ?? ''));
}

function matchesDigits(pattern: string, digits: string): boolean {
  return (
    pattern.length === digits.length &&
    [...pattern].every((one, at) => one === 'x' || one === digits.charAt(at))
  );
}
