import { RatesRefused, type RawRates } from './check-rates.ts';
import { cells } from './read-ecb-csv.ts';

const names = [
  'FREQ',
  'CURRENCY',
  'CURRENCY_DENOM',
  'EXR_TYPE',
  'EXR_SUFFIX',
  'TIME_PERIOD',
  'OBS_VALUE',
] as const;

/** Does the first line name the columns of the ECB's data portal? */
export function isSdmxCsv(text: string): boolean {
  const header = text.slice(0, text.search(/[\r\n]|$/)).split(/[,;]/);
  return header.includes('TIME_PERIOD') && header.includes('OBS_VALUE');
}

/**
 * The CSV of the ECB's data portal (SDMX, data flow EXR): a line an observation, columns by name. Daily reference rates of the
 * euro are taken (FREQ D, EXR_TYPE SP00, EXR_SUFFIX A); averages and other series are not. A day without a rate has no value.
 *
 * @throws RatesRefused
 */
export function readSdmxCsv(text: string): RawRates {
  const [header = [], ...lines] = cells(text);
  const places = names.map((name) => {
    const place = header.indexOf(name);
    if (place < 0) throw new RatesRefused(`it is SDMX CSV without the column ${name}`);
    return place;
  });
  const days = new Map<string, [code: string, rate: string][]>();
  lines.forEach((line, index) => {
    if (line.length !== header.length) {
      throw new RatesRefused(
        `line ${index + 2} has ${line.length} columns and the header ${header.length}: it is cut off, or was changed`,
      );
    }
    const [freq, code = '', denominator, type, suffix, date = '', rate = ''] = places.map(
      (place) => line[place],
    );
    const series = `${freq} ${denominator} ${type} ${suffix}`;
    if (series !== 'D EUR SP00 A' || rate === '' || rate === 'NaN') return;
    const day = days.get(date);
    if (day === undefined) days.set(date, [[code, rate]]);
    else day.push([code, rate]);
  });
  if (days.size === 0)
    throw new RatesRefused('it holds no daily reference rates of the euro (FREQ D, EXR_TYPE SP00)');
  return { base: 'EUR', days: [...days].map(([date, rates]) => ({ date, rates })) };
}
