import { ExitCode } from '../../src/errors/exit-code.ts';
import type { JobFault } from '../../src/job/define-job.ts';
import type { ChannelCounts } from '../../src/notify/outbox/delivery-report.ts';
import { count } from '../../src/text/count.ts';

/** What a run came to; see `DeliveryReport` for the counts. */
export type CommunicationsResult = {
  /** `live`, `off`, `redirect`; `dry_run` sends nothing either. */
  mode: string;
  /** An operator has stopped all sending; null: nobody has. */
  sending_stopped: { at: string; by: string; reason: string | null } | null;
  adopted: number;
  held: number;
  refused: Record<string, number>;
  recovered: { requeued: number; unknown: number };
  cancelled: number;
  sent: number;
  sent_by: ChannelCounts;
  failed: number;
  failed_by: ChannelCounts;
  postponed: number;
  unknown: number;
  taken_over: number;
  paused: number;
  unconfigured: ChannelCounts;
  away: { channel: string; code: string; reason: string }[];
  reasons: Record<string, number>;
  campaigns: number;
  /** What waits after the run: held and unknown are an operator's to decide. */
  waiting: { due: Record<string, number>; held: number; unknown: number };
  /** What e-mail lacks while mails wait; null: nothing. */
  mail_lacks: string | null;
  /** False: the trouble was said before, not long ago. */
  told: boolean;
};

/** Code of the fault when mails wait and e-mail is not configured. */
export const notConfigured = 'mail_not_configured';

/** Mails that wait for a configuration (exit 2), or a run in which nothing that was tried went out (exit 1, or 6 when the server is away). */
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
  const [away] = result.away;
  const failed = result.failed + result.postponed + result.unknown;
  if (result.sent > 0 || (failed === 0 && away === undefined)) return null;
  if (away?.code === 'server_away') {
    return {
      code: 'mail_server_away',
      message: `The mail server could not be reached, and nothing was sent: ${away.reason}.`,
      next: 'Check SMTP_SERVER and SMTP_PORT, and the server; the messages are sent when it answers again.',
      exitCode: ExitCode.unavailable,
    };
  }
  if (away !== undefined) {
    return {
      code: away.code,
      message: `Nothing could be sent by ${away.channel}: ${away.reason}.`,
      next: "Check EMAIL_USERNAME, EMAIL_PASSWORD and the server's certificate; the messages wait.",
      exitCode: ExitCode.failed,
    };
  }
  return {
    code: 'nothing_sent',
    message: `None of ${count(failed, 'message')} could be sent.`,
    next: 'Look at the reasons with `messages list --state failed`.',
    exitCode: ExitCode.failed,
  };
}
