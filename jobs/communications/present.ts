import type { Report, ReportBlock } from '../../src/job/report.ts';
import { count } from '../../src/text/count.ts';
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
  say(result.taken_over, 'taken over by another sender', 'warning');
  say(result.paused, 'not tried: their destination is paused', 'warning');
  say(sum(result.unconfigured), `not tried: not configured${byChannel(result.unconfigured)}`, 'warning');
  say(result.handed_back, 'handed back to OpsDeck: their channel is off or not configured', 'warning');
  say(
    sum(result.left_to_opsdeck),
    `left to OpsDeck, which sends them itself${byChannel(result.left_to_opsdeck)}`,
  );
  say(result.cancelled, 'cancelled');
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
  if (lines.length === 0) lines.push({ kind: 'line', text: '0 messages are due.' });
  return lines;
}

/** No verdict without what it is about. */
function sentLine({ sent, sent_by, failed, refused, waiting }: CommunicationsResult): ReportBlock {
  const due = sent + failed + sum(refused) + sum(waiting.due);
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
