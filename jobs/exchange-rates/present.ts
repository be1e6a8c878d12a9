import type { Report, ReportBlock, Tone } from '../../src/job/report.ts';
import { count } from '../../src/text/count.ts';
import type { RatesResult } from './result.ts';

/** More refusals are not read. */
const mostNamed = 10;

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
  if (rows > 0) say(`${count(rows, 'row')} ${dry ? 'would be written' : 'written'} for OpsDeck`, 'good');
  if (result.old) say(`The newest rates are of ${date}, older than five business days.`, 'warning');
  if (result.gap_remains) say('Days that were missed are not to be had there; they stay empty.', 'warning');
  if (result.refused_count > 0) {
    say(
      `${count(result.refused_count, 'rate or day', 'rates or days')} could not be read, and left out:`,
      'bad',
    );
    for (const { reason } of result.refused.slice(0, mostNamed)) say(`- ${reason}`, 'bad');
    const more = result.refused_count - mostNamed;
    if (more > 0) say(`and ${more} more`, 'bad');
  }
  if (result.no_longer_quoted.length > 0) {
    say(`No longer quoted: ${result.no_longer_quoted.join(', ')}`, 'warning');
  }
  return [...blocks, ...gapBlocks(result), ...heldBlocks(result)];
}

function heldBlocks(result: RatesResult): Report {
  const { held, held_count: rates, held_waiting: waiting } = result;
  const decide = '`rates list --quarantined` shows them, `rates accept` and `rates reject` decide';
  if (rates === 0 && waiting > 0) {
    return [
      { kind: 'line', text: `${count(waiting, 'rate')} quarantined before: ${decide}`, tone: 'warning' },
    ];
  }
  if (rates === 0) return [];
  const unknown = held.flatMap((one) => (one.before === null ? one.code : []));
  const reasons = [
    ...(unknown.length < held.length ? ['a jump of more than 10 % a business day'] : []),
    ...(unknown.length === 0 ? [] : [`unknown currency codes (${unknown.join(', ')})`]),
  ];
  const jumped = `because of ${reasons.join(' and of ')}`;
  const text = result.dry_run
    ? `${count(rates, 'rate')} would be quarantined ${jumped}`
    : `${count(rates, 'rate')} quarantined ${jumped}: ${decide}`;
  return [
    { kind: 'line', text, tone: 'warning' },
    {
      kind: 'table',
      columns: ['Currency', 'Days', 'Newest', 'Rate', 'Before', 'Change'],
      rows: held.map((one) => [
        one.code,
        String(one.days),
        one.date,
        one.rate,
        one.before === null ? 'unknown currency' : `${one.before} (${one.before_date})`,
        { text: one.change_percent === null ? '' : `${one.change_percent} %`, tone: 'warning' },
      ]),
    },
  ];
}

/** What was taken without a comparison. */
function gapBlocks({ gaps, gap_count: found }: RatesResult): Report {
  if (found === 0) return [];
  const text = `${count(found, 'rate')} taken without a comparison, after more than ten business days without one:`;
  return [
    { kind: 'line', text, tone: 'notice' },
    {
      kind: 'table',
      columns: ['Currency', 'Day', 'Rate', 'Before', 'Change'],
      rows: gaps.map((one) => [
        one.code,
        one.date,
        one.rate,
        `${one.before} (${one.before_date})`,
        `${one.change_percent} %`,
      ]),
    },
    ...(gaps.length < found ? [{ kind: 'line', text: `The first ${gaps.length} of ${found}` } as const] : []),
  ];
}
