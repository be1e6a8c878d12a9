import type { Logger } from 'pino';
import { count } from '../../src/text/count.ts';
import type { RatesResult } from './result.ts';

/** What somebody should know of a run, beside its end: the runner logs that. */
export function logRates(logger: Logger, result: RatesResult): void {
  const labels = { 'labels.provider': result.provider, 'labels.rate_date': result.rate_date };
  logger.info(
    {
      'event.action': result.nothing_new ? 'rates.nothing_new' : 'rates.stored',
      'labels.count': result.rates_stored,
      'labels.corrections': result.corrections,
      ...labels,
    },
    result.nothing_new
      ? `the rates of ${result.rate_date} are stored already`
      : `${count(result.rates_stored, 'rate')} up to ${result.rate_date}`,
  );
  for (const { code, days, date, rate, before, change_percent: change } of result.held) {
    logger.warn(
      { 'event.action': 'rates.quarantined', 'labels.currency': code, 'labels.count': days, ...labels },
      `${code}: ${count(days, 'rate')} quarantined, the newest of ${date}: ${rate}, ${before === null ? 'an unknown currency' : `after ${before}, ${change} %`}`,
    );
  }
  for (const code of new Set(result.gaps.map((gap) => gap.code))) {
    const gaps = result.gaps.filter((gap) => gap.code === code);
    const newest = gaps.at(-1);
    logger.warn(
      {
        'event.action': 'rates.gap_accepted',
        'labels.currency': code,
        'labels.count': gaps.length,
        ...labels,
      },
      `${code}: taken after ${count(gaps.length, 'gap')} of more than ten business days, the last from ${newest?.before_date} to ${newest?.date}`,
    );
  }
  for (const { date, code, reason } of result.refused) {
    logger.error(
      {
        ...{ 'event.action': 'rates.refused', 'event.outcome': 'failure', ...labels },
        ...{ 'labels.currency': code, 'labels.day': date },
      },
      `left out: ${reason}`,
    );
  }
  if (result.old) {
    logger.warn(
      { 'event.action': 'rates.old', ...labels },
      `the newest rates are of ${result.rate_date}, older than five business days`,
    );
  }
  if (result.gap_remains) {
    logger.warn(
      { 'event.action': 'rates.gap', ...labels },
      `days since ${result.previous_date} were missed, and ${result.source} does not offer them`,
    );
  }
  if (result.no_longer_quoted.length > 0) {
    logger.warn(
      { 'event.action': 'rates.no_longer_quoted', ...labels },
      `no longer quoted: ${result.no_longer_quoted.join(', ')}`,
    );
  }
}
