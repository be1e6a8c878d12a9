import type { Report, ReportBlock, Tone } from '../../src/job/report.ts';
import { count } from '../../src/text/count.ts';
import type { RatesResult } from './result.ts';

/** What was published, what was stored of it, and what waits for a decision. */
export function presentRates(result: RatesResult): Report {
  const blocks: ReportBlock[] = [];
  const say = (text: string, tone: Tone = 'plain') => blocks.push({ kind: 'line', text, tone });
  const { dry_run: dry, base, published_base: publishedBase, rate_date: date } = result;
  say(
    `Rates of ${date} from ${result.source}, ${publishedBase}` +
      (result.derived ? `; in OpsDeck they are derived for ${base}` : ''),
  );
  if (result.nothing_new) say(`Nothing new: the rates of ${date} are stored already.`, 'good');
  if (result.rates_stored > 0) {
    const days = `${count(result.new_days, 'new day')}`;
    const corrections = result.corrections === 0 ? '' : `, ${result.corrections} of them corrections`;
    say(
      `${count(result.rates_stored, 'rate')} ${dry ? 'would be stored' : 'stored'} (${days}${corrections})`,
      'good',
    );
  }
  const rows = result.opsdeck_rows ?? 0;
  if (rows > 0) say(`${count(rows, 'row')} written for OpsDeck`, 'good');
  if (result.old) say(`The newest rates are of ${date}, older than five business days.`, 'warning');
  if (result.gap_remains) say('Days that were missed are not to be had there; they stay empty.', 'warning');
  if (result.no_longer_quoted.length > 0) {
    say(`No longer quoted: ${result.no_longer_quoted.join(', ')}`, 'warning');
  }
  return [...blocks, ...heldBlocks(result)];
}

function heldBlocks(result: RatesResult): Report {
  const { held, held_count: count, held_waiting: waiting } = result;
  const decide = '`rates list --quarantined` shows them, `rates accept` and `rates reject` decide';
  if (count === 0 && waiting > 0) {
    return [
      { kind: 'line', text: `${waiting} quarantined before and not decided: ${decide}`, tone: 'warning' },
    ];
  }
  if (count === 0) return [];
  const jumped = 'because of a jump of more than 10 %';
  const text = result.dry_run
    ? `${count} would be quarantined ${jumped}`
    : `${count} quarantined ${jumped}: ${decide}`;
  return [
    { kind: 'line', text, tone: 'warning' },
    {
      kind: 'table',
      columns: ['Currency', 'Day', 'Rate', 'Before', 'Change'],
      rows: held.map((one) => [
        one.code,
        one.date,
        one.rate,
        `${one.before} (${one.before_date})`,
        { text: `${one.change_percent} %`, tone: 'warning' },
      ]),
    },
    ...(held.length < count ? [{ kind: 'line', text: `The first ${held.length} of ${count}` } as const] : []),
  ];
}
