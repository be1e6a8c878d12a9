import { ExitCode } from '../../src/errors/exit-code.ts';
import type { JobFault } from '../../src/job/define-job.ts';
import type { ChannelCounts } from '../../src/notify/outbox/delivery-report.ts';
import { count } from '../../src/text/count.ts';
import type { PreviewGroup } from './preview.sql.ts';

/** What a run came to; see `DeliveryReport` for the counts. */
export type CommunicationsResult = {
  /** `live`, `off`, `redirect`; `dry_run` sends nothing either. */
  mode: string;
  /** An operator has stopped all sending; null: nobody has. */
  sending_stopped: { at: string; by: string; reason: string | null } | null;
  adopted: number;
  handed_back: number;
  left_to_opsdeck: ChannelCounts;
  held: number;
  refused: Record<string, number>;
  recovered: { requeued: number; unknown: number };
  /** Alerts of jobs that were too old: `replaced` by others with the present facts, or `obsolete`. */
  renewed: { replaced: number; obsolete: number };
  cancelled: number;
  sent: number;
  sent_by: ChannelCounts;
  failed: number;
  failed_by: ChannelCounts;
  lost_by: ChannelCounts;
  postponed: number;
  unknown: number;
  taken_over: number;
  paused: number;
  unconfigured: ChannelCounts;
  away: {
    channel: string;
    code: string;
    reason: string;
    next: string | null;
    since: string;
    paused_until: string | null;
  }[];
  waiting_for_others: string[];
  reasons: Record<string, number>;
  campaigns: number;
  /** What waits after the run: held and unknown are an operator's to decide. */
  waiting: {
    due: Record<string, number>;
    /** Of them, by channel: refused when they were last tried, and not to be tried again yet. */
    refused: Record<string, number>;
    held: number;
    unknown: number;
    /** Mails that the server has put off for over 4 hours; `since`: ISO 8601 UTC; `reason`: its words about the oldest. */
    put_off: { count: number; since: string | null; reason: string | null };
  };
  /** Of a dry run: what is where, by channel and text; null: the run was none. */
  preview: PreviewGroup[] | null;
  /** Messages that wait for a decision and that administrators were alerted about by this run. */
  announced: number;
  /** What e-mail lacks while mails wait; null: nothing. */
  mail_lacks: string | null;
  /** False: the trouble was said before, not long ago. */
  told: boolean;
};

/** Code of the fault when mails wait and e-mail is not configured. */
export const notConfigured = 'mail_not_configured';

/** So many mails that failed for good, and such a part of all, are the run's failure. */
const manyLost = { count: 5, part: 0.1 };

/**
 * Mails that wait for a configuration (exit 2); messages that wait for a channel that is refused or away (exit 1, or 6); many mails
 * that failed for good; a run in which nothing that was tried went out.
 */
export function faultOf(result: CommunicationsResult): JobFault | null {
  // That nothing goes out is what the operator wants.
  if (result.sending_stopped !== null) return null;
  const mails = result.waiting.due['email'] ?? 0;
  if (result.mail_lacks !== null && mails > 0) {
    return {
      code: notConfigured,
      message: `${count(mails, 'mail waits', 'mails wait')} to be sent, and e-mail is not configured.`,
      next: `Set ${result.mail_lacks}; or switch it off with channels.email: "off" in the configuration file.`,
      exitCode: ExitCode.usage,
      repeated: !result.told,
    };
  }
  return channelFault(result) ?? lostFault(result) ?? nothingSent(result);
}

function channelFault({ away, waiting, sent_by }: CommunicationsResult): JobFault | null {
  const trouble = away.find(
    ({ channel, code }) =>
      (waiting.due[channel] ?? 0) > 0 &&
      // What was sent before the server had enough is no failure.
      (code !== 'server_busy' || (sent_by[channel] ?? 0) === 0),
  );
  if (trouble === undefined) return null;
  const { channel, code, reason, next, paused_until } = trouble;
  const due = count(waiting.due[channel] ?? 0, 'message waits', 'messages wait');
  const until = paused_until === null ? '' : ` Nothing is tried until ${paused_until}.`;
  if (code === 'server_away') {
    return {
      code: 'mail_server_away',
      message: `The mail server could not be reached, and ${due}: ${reason}.`,
      next:
        next ??
        'Check SMTP_SERVER and SMTP_PORT, and the server; the messages are sent when it answers again.',
      exitCode: ExitCode.unavailable,
    };
  }
  if (code === 'server_busy') {
    return {
      code,
      message: `The mail server accepts nothing for now, and ${due}: ${reason}.${until}`,
      next: next ?? 'Wait: the messages are sent when the server accepts mail again.',
      exitCode: ExitCode.unavailable,
    };
  }
  return {
    code,
    message: `Nothing can be sent by ${channel}, and ${due}: ${reason}.${until}`,
    next: next ?? "Check EMAIL_USERNAME, EMAIL_PASSWORD and the server's certificate; the messages wait.",
    exitCode: ExitCode.failed,
  };
}

function lostFault({ lost_by, sent_by }: CommunicationsResult): JobFault | null {
  const lost = lost_by['email'] ?? 0;
  const tried = lost + (sent_by['email'] ?? 0);
  if (lost <= manyLost.count || lost <= tried * manyLost.part) return null;
  return {
    code: 'many_mails_failed',
    message: `${lost} of ${count(tried, 'mail')} failed for good.`,
    next: 'Look at the reasons with `messages list --state failed`; `messages retry` sends them again.',
    exitCode: ExitCode.failed,
  };
}

function nothingSent(result: CommunicationsResult): JobFault | null {
  const { mode, sent, failed, postponed, unknown, reasons, waiting } = result;
  // That a server puts a recipient off is nobody's failure.
  const tried = failed + postponed + unknown - (reasons['recipient_later'] ?? 0);
  // A run between two attempts tries nothing, and is no success of what was refused.
  const refused = Object.values(waiting.refused).reduce((sum, one) => sum + one, 0);
  const concerned = tried > 0 ? tried : refused;
  if (sent > 0 || concerned <= 0 || mode === 'off' || mode === 'dry_run') return null;
  const which =
    failed > 0
      ? 'messages list --state failed'
      : unknown > 0
        ? 'messages list --state unknown'
        : 'messages list';
  return {
    code: 'nothing_sent',
    message: `0 of ${count(concerned, 'message')} could be sent.`,
    next: `Look at the reasons with \`${which}\`.`,
    exitCode: ExitCode.failed,
  };
}
