import type { Web } from '../../src/job/context.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import { businessDaysBetween, dayAfter, isDay } from './business-days.ts';
import { type CheckedRates, checkRates, RatesRefused } from './check-rates.ts';
import { download, NotOffered } from './download.ts';
import { frankfurterAddress } from './frankfurter-address.ts';
import type { Provider } from './provider.ts';
import { readRates } from './rates-text.ts';
import { secondVersion } from './read-frankfurter.ts';

/** What to ask for. */
export interface Wanted {
  readonly web: Web;
  readonly provider: Provider;
  /** Of Frankfurter, the newest rates. A secret as a whole. */
  readonly endpoint: string;
  readonly key: string | undefined;
  readonly ecbAddress: string;
  /** The currency in which the provider is to quote. */
  readonly base: string;
  readonly today: Day;
  /** The newest day of this provider and base that is stored; null: none, and then only the newest is asked for. */
  readonly last: Day | null;
}

/** `days`: the newest, and those that were missed. */
export interface ReceivedDays extends CheckedRates {
  /** The days that were missed are not to be had there. */
  readonly gapRemains: boolean;
}

/**
 * Bytes. The ECB's whole history is 7 MB, and grows by 0.3 MB a year; sixty days of Frankfurter are 0.2 MB, and its JSON takes the
 * longest to read: nothing else goes on meanwhile.
 */
const longestAnswers: Readonly<Record<Provider, number>> = { ecb: 32 * 2 ** 20, frankfurter: 2 ** 21 };

/** The answer of one address, checked. */
type Ask = (address: URL) => Promise<CheckedRates>;

/**
 * The newest rates; where business days lie between them and the last ones, those days too.
 *
 * @throws RatesRefused, OperatorError `provider_away`.
 */
export async function askProvider(wanted: Wanted): Promise<ReceivedDays> {
  const { web, provider, key, base, today, last } = wanted;
  const places = provider === 'ecb' ? ecbPlaces(wanted) : frankfurterPlaces(wanted);
  const ask: Ask = async (address) => {
    const accept = provider === 'ecb' ? 'application/xml, text/xml, text/csv' : 'application/json';
    const text = await download(web, {
      address,
      accept,
      longestAnswer: longestAnswers[provider],
      key: provider === 'ecb' ? undefined : key,
    });
    return checkRates(readRates(provider, text), base, today);
  };
  const answer = await ask(places.newest);
  const newest = answer.days.at(-1);
  if (newest === undefined) throw new RatesRefused('it holds no rates');
  if (last === null || businessDaysBetween(last, dayAfter(newest.date, -1)) === 0) {
    return { days: [newest], refused: answer.refused, gapRemains: false };
  }
  const missed = await askAll(ask, places.between(last, newest.date));
  const isBetween = ({ date }: { readonly date: string }) => date > last && date < newest.date;
  const between = missed?.days.filter(isBetween) ?? [];
  const refused = missed?.refused.filter((one) => isBetween(one) || !isDay(one.date)) ?? [];
  return {
    days: [...between, newest],
    refused: [...refused, ...answer.refused],
    gapRemains: missed === null,
  };
}

/** null: there is no such thing at that provider. */
async function askAll(ask: Ask, addresses: readonly URL[]): Promise<CheckedRates | null> {
  const answers: CheckedRates[] = [];
  try {
    for (const address of addresses) answers.push(await ask(address));
  } catch (error) {
    if (error instanceof NotOffered) return null;
    throw error;
  }
  return { days: answers.flatMap(({ days }) => days), refused: answers.flatMap(({ refused }) => refused) };
}

interface Places {
  readonly newest: URL;
  /** What has the days between two; it may have others, too. */
  readonly between: (after: Day, before: Day) => readonly URL[];
}

/** The file of 90 days has calendar days, and is made a while after the daily one. */
const daysOfNinety = 85;

function ecbPlaces({ ecbAddress }: Wanted): Places {
  const file = (name: string) => new URL(`${ecbAddress.replace(/\/+$/, '')}/${name}`);
  return {
    newest: file('eurofxref-daily.xml'),
    between: (after, before) => [
      file(dayAfter(after, daysOfNinety) > before ? 'eurofxref-hist-90d.xml' : 'eurofxref-hist.xml'),
    ],
  };
}

/** Frankfurter thins out longer periods. */
const daysOfSeries = 60;

/**
 * The newest as OpsDeck asks for it, `…/latest?from=EUR`; under /v1/ the parameter is called `base`. A period is in the place of
 * `latest`: `…/2026-11-20..2026-11-23?from=EUR`.
 */
function frankfurterPlaces({ endpoint, base }: Wanted): Places {
  const newest = frankfurterAddress(endpoint);
  if (newest === undefined) throw new RatesRefused('its address is not an http or https URL');
  if (/\/v2(?:\/|$)/.test(newest.pathname)) throw secondVersion();
  newest.searchParams.set('from', base);
  if (/\/v1\//.test(newest.pathname)) newest.searchParams.set('base', base);
  const period = (from: Day, to: Day) => {
    const address = new URL(newest);
    const folder = newest.pathname.replace(/\/+$/, '').replace(/\/latest$/, '');
    address.pathname = `${folder}/${from}..${to}`;
    return address;
  };
  return {
    newest,
    between: (after, before) => {
      const addresses: URL[] = [];
      const end = dayAfter(before, -1);
      for (let from = dayAfter(after, 1); from <= end; from = dayAfter(from, daysOfSeries)) {
        let to = dayAfter(from, daysOfSeries - 1);
        if (to > end) to = end;
        addresses.push(period(from, to));
      }
      return addresses;
    },
  };
}

/** Whose answer it is, for people. */
export function sourceName({ provider, endpoint, ecbAddress }: Wanted): string {
  const address = provider === 'ecb' ? new URL(ecbAddress) : frankfurterAddress(endpoint);
  return address?.host ?? provider;
}
