import type { Cell, Report, ReportBlock, Tone } from '../../src/job/report.ts';
import { count } from '../../src/text/count.ts';
import { distanceInWords } from '../../src/time/calendar-day.ts';
import { kindWords } from './item.ts';
import type { ExpiryResult, ReportedAlert } from './result.ts';

/** So many rows stand in a table for people; the JSON has more. */
const shown = 50;

/** What was alerted, what could not be alerted or judged, and a summary. */
export function presentExpiry(result: ExpiryResult): Report {
  return [...alertTable(result), ...ownerList(result), ...troubles(result), ...summary(result)];
}

function alertTable({ alerts, alerted }: ExpiryResult): ReportBlock[] {
  if (alerts.length === 0) return [];
  return [
    {
      kind: 'table',
      columns: ['item', 'name', 'date', 'when', 'to'],
      rows: alerts.slice(0, shown).map(row),
    },
    ...more(alerted),
  ];
}

function row(alert: ReportedAlert): (string | Cell)[] {
  const tone: Tone = alert.days_left < 0 ? 'bad' : alert.days_left <= 7 ? 'warning' : 'notice';
  return [
    `${alert.kind}:${alert.id}`,
    `${alert.name}${alert.break_glass ? ' (break glass)' : ''}`,
    alert.expires_on,
    { text: distanceInWords(alert.days_left), tone },
    alert.to.length > 2 ? `${alert.to[0]} and ${alert.to.length - 1} more` : alert.to.join(', '),
  ];
}

function more(count: number): ReportBlock[] {
  return count > shown ? [{ kind: 'line', text: `and ${count - shown} more` }] : [];
}

function ownerList({ named_without_owner: total, without_owner: items }: ExpiryResult): ReportBlock[] {
  if (total === 0) return [];
  return [
    { kind: 'heading', text: 'Named as items without an owner' },
    {
      kind: 'table',
      columns: ['item', 'name', 'date'],
      rows: items.slice(0, shown).map((one) => [`${one.kind}:${one.id}`, one.name, one.expires_on]),
    },
    ...more(total),
  ];
}

function troubles(result: ExpiryResult): ReportBlock[] {
  const blocks: ReportBlock[] = [];
  if (result.without_recipient_count > 0) {
    blocks.push(
      { kind: 'heading', text: 'Due without a recipient' },
      {
        kind: 'table',
        columns: ['item', 'name', 'date'],
        rows: result.without_recipient
          .slice(0, shown)
          .map((one) => [`${one.kind}:${one.id}`, one.name, { text: one.expires_on, tone: 'bad' }]),
      },
      ...more(result.without_recipient_count),
    );
  }
  if (result.problem_count > 0) {
    blocks.push(
      { kind: 'heading', text: 'Recorded wrongly' },
      {
        kind: 'table',
        columns: ['item', 'name', 'problem'],
        rows: result.problems
          .slice(0, shown)
          .map((one) => [`${one.kind}:${one.id}`, one.name, { text: one.problem, tone: 'warning' }]),
      },
      ...more(result.problem_count),
    );
  }
  return blocks;
}

function summary(result: ExpiryResult): ReportBlock[] {
  const watched = Object.entries(result.watched).map(([kind, count]) => `${count} ${wordFor(kind, count)}`);
  const lines: ReportBlock[] = [
    {
      kind: 'line',
      text: `${watched.join(', ')} watched; ${result.alerted} alerted in ${count(result.messages_queued, 'message')}.`,
    },
  ];
  const say = (count: number, text: string, tone: Tone = 'notice') => {
    if (count > 0) lines.push({ kind: 'line', text: `${count} ${text}`, tone });
  };
  say(result.baseline, 'expired before monitoring began: `report expiry --expired` shows them');
  say(result.rearmed, 'due again because their message was not sent', 'warning');
  say(result.snoozed, 'snoozed');
  say(result.acknowledged, 'acknowledged');
  for (const { name, items, problem } of result.queries ?? []) {
    lines.push(
      problem === null
        ? { kind: 'line', text: `Query '${name}': ${count(items ?? 0, 'item')}.` }
        : { kind: 'line', text: `Query '${name}' was not used: ${problem}`, tone: 'bad' },
    );
  }
  for (const note of result.notes) lines.push({ kind: 'line', text: note, tone: 'warning' });
  return lines;
}

function wordFor(kind: string, count: number): string {
  const words = Object.entries(kindWords).find(([name]) => name === kind)?.[1];
  return words === undefined ? kind : count === 1 ? words.one : words.many;
}
