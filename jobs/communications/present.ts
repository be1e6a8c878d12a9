import type { Report, ReportBlock } from '../../src/job/report.ts';
import { putOffWords } from '../../src/notify/outbox/put-off.ts';
import { count } from '../../src/text/count.ts';
import type { PreviewGroup } from './preview.sql.ts';
import type { CommunicationsResult } from './result.ts';

/** What went out, what did not and why, and what waits for a decision. */
export function presentCommunications(result: CommunicationsResult): Report {
  const { mode, waiting } = result;
  const lines: ReportBlock[] = [];
  const say = (count: number, text: string, tone?: 'good' | 'warning' | 'bad') => {
    if (count > 0)
      lines.push({ kind: 'line', text: `${count} ${text}`, ...(tone === undefined ? {} : { tone }) });
  };
  if (mode === 'dry_run') say(sum(waiting.due), `due${byChannel(waiting.due)}`);
  if (mode === 'off')
    lines.push({ kind: 'line', text: 'Delivery is off: nothing was sent.', tone: 'warning' });
  if (result.sending_stopped !== null) {
    const { by, reason } = result.sending_stopped;
    lines.push({
      kind: 'line',
      text: `Sending is stopped by ${by}${reason === null ? '' : `: ${reason}`}. ${sum(waiting.due)} due wait until \`messages resume\`.`,
      tone: 'warning',
    });
  }
  if (mode === 'redirect') {
    lines.push({
      kind: 'line',
      text: 'Delivery is redirected: nothing went to its real recipients.',
      tone: 'warning',
    });
  }
  if (mode !== 'dry_run') lines.push(sentLine(result));
  say(
    result.failed + sum(result.refused),
    `failed${reasons({ ...result.refused, ...result.reasons })}`,
    'bad',
  );
  say(result.postponed, 'deferred: to be tried again', 'warning');
  if (waiting.put_off.count > 0) {
    const text = `${putOffWords(waiting.put_off)}, since ${waiting.put_off.since}`;
    lines.push({ kind: 'line', text, tone: 'warning' });
  }
  say(result.taken_over, 'taken over by another sender', 'warning');
  say(result.paused, 'not tried: their destination is paused', 'warning');
  say(sum(result.unconfigured), `not tried: not configured${byChannel(result.unconfigured)}`, 'warning');
  say(result.handed_back, 'handed back to OpsDeck: their channel is off or not configured', 'warning');
  say(
    sum(result.left_to_opsdeck),
    `left to OpsDeck, which sends them itself${byChannel(result.left_to_opsdeck)}`,
  );
  say(result.cancelled, 'cancelled');
  say(result.renewed.replaced, 'alerts that were too old: replaced by alerts with the present facts');
  say(result.renewed.obsolete, 'alerts that were too old and report what is so no longer: cancelled');
  say(result.campaigns, 'campaigns continued');
  for (const { channel, reason, since, paused_until, next } of result.away) {
    const until = paused_until === null ? '' : `; nothing is tried until ${paused_until}`;
    const advice = next === null ? '' : ` ${next}`;
    const text = `${channel} does not send since ${since}: ${reason}${until}.${advice}`;
    lines.push({ kind: 'line', text, tone: 'bad' });
  }
  for (const channel of result.waiting_for_others) {
    lines.push({ kind: 'line', text: `${channel}: another sender uses the server and sends what waits.` });
  }
  say(
    waiting.held,
    'on hold because they are old: `messages release --older-than 3d` or `messages cancel --older-than 3d` decides',
    'warning',
  );
  say(waiting.unknown, 'may or may not have arrived: `messages list --state unknown` shows them', 'warning');
  if (result.preview !== null && result.preview.length > 0) lines.push(previewTable(result.preview));
  if (lines.length === 0) lines.push({ kind: 'line', text: '0 messages are due.' });
  return lines;
}

const becomes: Readonly<Record<PreviewGroup['becomes'], string>> = {
  due: 'sent',
  left: 'left to OpsDeck',
  unconfigured: 'waiting',
  deferred: 'deferred',
  held: 'on hold',
  unknown: 'delivery unknown',
  channel_failing: 'channel does not send',
  failed: 'not: failed before',
};

/** Where what would go: a text that goes to everybody stands first. */
function previewTable(groups: readonly PreviewGroup[]): ReportBlock {
  const cells = groups.map(({ channel, message, campaign, recipients, oldest, becomes: state, reason }) => ({
    channel,
    message: campaign ? `campaign: ${message}` : message,
    recipients: String(recipients),
    oldest: `${oldest.slice(0, 16).replace('T', ' ')}Z`,
    state: { text: becomes[state], tone: state === 'due' ? ('good' as const) : ('warning' as const) },
    reason: reason ?? '',
  }));
  return {
    kind: 'table',
    columns: ['Channel', 'Message', 'Recipients', 'Oldest', 'Would be', 'Why'],
    rows: cells.map((one) => [one.channel, one.message, one.recipients, one.oldest, one.state, one.reason]),
    narrow: {
      columns: ['Channel', 'Recipients', 'Oldest', 'Would be'],
      rows: cells.map((one) => ({
        cells: [one.channel, one.recipients, one.oldest, one.state],
        below: [one.message, one.reason].filter((text) => text !== '').join('; '),
      })),
    },
  };
}

/** No verdict without what it is about. */
function sentLine({ sent, sent_by, failed, refused, unknown, waiting }: CommunicationsResult): ReportBlock {
  const due = sent + failed + unknown + sum(refused) + sum(waiting.due);
  const text = `${sent} of ${count(due, 'due message')} sent${byChannel(sent_by)}`;
  if (due === 0) return { kind: 'line', text };
  return { kind: 'line', text, tone: sent === due ? 'good' : 'warning' };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, one) => total + one, 0);
}

function byChannel(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return parts.length === 0 ? '' : ` (${parts.map(([name, count]) => `${name} ${count}`).join(', ')})`;
}

function reasons(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return parts.length === 0
    ? ''
    : `: ${parts.map(([code, count]) => `${code.replaceAll('_', ' ')} ${count}`).join(', ')}`;
}
