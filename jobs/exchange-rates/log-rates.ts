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
  for (const { code, date, rate, before, change_percent: change } of result.held) {
    logger.warn(
      { 'event.action': 'rates.quarantined', 'labels.currency': code, ...labels },
      `${code} of ${date} is quarantined: ${rate} after ${before}, ${change} %`,
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
