import { toOperatorError } from '../../db/errors.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import type { JobFault } from '../../job/define-job.ts';
import type { Report, ReportBlock } from '../../job/report.ts';
import { mailLacks } from '../../notify/channels/email/mail-sender.ts';
import type { DeliveryReport } from '../../notify/outbox/delivery-report.ts';
import { type LeftMessages, leftOfRun } from '../../notify/outbox/left-of-run.ts';
import type { Session } from '../session.ts';

/** What became of the messages that one run queued. The run's record does not change with it. */
export interface RunDelivery {
  /** null: it broke off. */
  readonly report: DeliveryReport | null;
  readonly left: readonly LeftMessages[];
  /** Why not all of them went out; null: they did. */
  readonly trouble: JobFault | null;
}

/** `run-job --deliver`: sends at once what the run queued. Never throws for what the database or a server says. */
export async function deliverRun(session: Session, runId: string): Promise<RunDelivery> {
  const { config, database, io, secrets } = session;
  try {
    const { openOutbox } = await import('../../notify/outbox/open-outbox.ts');
    const outbox = await openOutbox(session);
    try {
      const report = await session.inChargeOfStop(() =>
        outbox.deliver({ what: { kind: 'run', runId }, signal: io.stop, progress: () => undefined }),
      );
      const left = await leftOfRun(database.db, runId);
      const wanted = left.filter(({ channel }) => !config.switchedOff.includes(channel));
      const decided = report.mode === 'off' || report.sending_stopped !== null;
      return { report, left, trouble: decided ? null : troubleOf(session, report, wanted) };
    } finally {
      await outbox.close();
    }
  } catch (thrown) {
    const { message } = secrets.scrubError(toOperatorError(thrown, database.label));
    const trouble: JobFault = {
      code: 'not_delivered',
      message: `The messages of this run could not be sent: ${message}`,
      next: 'Those that wait are sent by the job communications; `messages list` shows them.',
      exitCode: ExitCode.failed,
    };
    return { report: null, left: [], trouble };
  }
}

function troubleOf(
  { config }: Session,
  { sent, away }: DeliveryReport,
  left: readonly LeftMessages[],
): JobFault | null {
  const count = left.reduce((sum, one) => sum + one.count, 0);
  if (count === 0) return null;
  const lacks = left.some(({ channel }) => channel === 'email') ? mailLacks(config) : null;
  const reasons = [
    ...(lacks === null ? [] : ['e-mail is not configured']),
    ...new Set([...away, ...left].flatMap(({ reason }) => (reason === null ? [] : [reason]))),
  ];
  const why = reasons.length === 0 ? '' : `: ${reasons.join('; ')}`;
  return {
    code: 'not_delivered',
    message: `${count} of ${sent + count} messages of this run were not sent${why}.`,
    next:
      lacks === null
        ? 'Those that wait are sent by the job communications; `messages list` shows them.'
        : `Set ${lacks}; the messages wait.`,
    exitCode: away.some(({ code }) => code === 'server_away') ? ExitCode.unavailable : ExitCode.failed,
  };
}

const stoppedLine: ReportBlock = {
  kind: 'line',
  text: 'Sending is stopped until `messages resume`; messages wait.',
  tone: 'warning',
};

/** For people. */
export function deliveryBlocks({ report, left }: RunDelivery): Report {
  if (report === null) return [];
  const lines: ReportBlock[] = [];
  if (report.mode !== 'live') {
    const words =
      report.mode === 'off' ? 'off: nothing was sent' : 'redirected: nothing went to its recipients';
    lines.push({ kind: 'line', text: `Delivery is ${words}.`, tone: 'warning' });
  }
  if (report.sending_stopped !== null) lines.push(stoppedLine);
  const by = Object.entries(report.sent_by).filter(([, count]) => count > 0);
  if (by.length > 0) {
    const parts = by.map(([channel, count]) => `${channel} ${count}`).join(', ');
    lines.push({ kind: 'line', text: `${report.sent} sent (${parts})`, tone: 'good' });
  }
  for (const { channel, state, count, reason } of left) {
    const why = reason === null ? '' : `: ${reason}`;
    lines.push({ kind: 'line', text: `${count} ${state} (${channel})${why}`, tone: 'warning' });
  }
  if (lines.length === 0) lines.push({ kind: 'line', text: 'No messages to send.' });
  return lines;
}

/** The field `delivery` of the run's document. */
export function deliveryDocument({ report, left, trouble }: RunDelivery): Readonly<Record<string, unknown>> {
  return {
    ...report,
    left: left.map((one) => ({ ...one })),
    ...(trouble === null ? {} : { error: { code: trouble.code, message: trouble.message } }),
  };
}
