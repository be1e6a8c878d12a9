import type { JobContext } from '../../src/job/context.ts';
import { dayOf } from '../../src/time/calendar-day.ts';
import { askProvider, type ReceivedDays, sourceName } from './ask-provider.ts';
import { type DayRates, RatesRefused } from './check-rates.ts';
import { isCurrency } from './currencies.ts';
import { type RateSource, readApiKey } from './finance-settings.ts';
import { newestDay, type Series } from './fx-rates.sql.ts';
import { readRatesFile } from './read-file.ts';
import { refusal } from './refusal.ts';
import type { RateParams, RateSettings } from './settings.ts';

/** What a provider, or a file, says, read and checked. */
export interface ReceivedRates extends ReceivedDays {
  readonly series: Series;
  /** The last of the days. */
  readonly newest: DayRates;
  /** For people: a host, or a path. */
  readonly source: string;
}

const checkFile = "Give the ECB's XML or CSV of reference rates, unpacked.";
const checkSettings =
  'Look at api_endpoint and base_currency in finance_settings of OpsDeck, or at jobs.exchange-rates.settings; ' +
  'or import a file that was downloaded: --param file=PATH.';

/**
 * Reads rates from the file, if there is one, or from the provider.
 *
 * @throws OperatorError `rates_refused` (exit 1), `provider_away` (exit 6).
 */
export async function receiveRates(
  context: JobContext<RateParams, RateSettings>,
  source: RateSource,
): Promise<ReceivedRates> {
  const { db, params, settings, clock, zones, web, progress } = context;
  const today = dayOf(clock.now(), zones.business);
  const { file } = params;
  if (file !== undefined) {
    const read = () => readRatesFile(file, today);
    const series = { provider: 'ecb', base: 'EUR' } as const;
    return refusing(file, checkFile, source, series, async () => ({ ...(await read()), gapRemains: false }));
  }
  const { provider, endpoint } = source;
  const series = { provider, base: provider === 'ecb' ? 'EUR' : source.base };
  const last = await newestDay(db, series);
  const key = provider === 'ecb' ? undefined : await readApiKey(db);
  const wanted = { web, endpoint, key, ecbAddress: settings.ecb_address, ...series, today, last };
  progress('asking the provider', 0);
  return refusing(sourceName(wanted), checkSettings, source, series, () => askProvider(wanted));
}

async function refusing(
  name: string,
  next: string,
  { base }: RateSource,
  series: Series,
  read: () => Promise<ReceivedDays>,
): Promise<ReceivedRates> {
  try {
    const { days, refused, gapRemains } = await read();
    const newest = days.at(-1);
    if (newest === undefined) throw new RatesRefused('it holds no rates');
    if (series.base !== base && !newest.rates.has(base)) {
      throw new RatesRefused(`it does not quote ${base}, the base currency of OpsDeck`);
    }
    if (!isCurrency(base)) {
      throw new RatesRefused(`${base}, the base currency of OpsDeck, is not a currency code of ISO 4217`);
    }
    return { series, days, refused, newest, gapRemains, source: name };
  } catch (error) {
    throw refusal(error, name, next);
  }
}
