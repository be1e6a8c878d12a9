import { RatesRefused, type RawRates } from './check-rates.ts';
import type { Provider } from './provider.ts';
import { readEcbCsv } from './read-ecb-csv.ts';
import { readEcbXml } from './read-ecb-xml.ts';
import { readFrankfurter } from './read-frankfurter.ts';
import { isSdmxCsv, readSdmxCsv } from './read-sdmx-csv.ts';

/**
 * Reads what a provider answered; of the ECB, XML, CSV or SDMX CSV, whichever it is.
 *
 * @throws RatesRefused
 */
export function readRates(provider: Provider, text: string): RawRates {
  const start = text.replace(/^\uFEFF/, '').trimStart();
  refuseOther(start, provider);
  if (provider === 'frankfurter') return readFrankfurter(start);
  if (start.startsWith('<')) return readEcbXml(start);
  return isSdmxCsv(start) ? readSdmxCsv(start) : readEcbCsv(start);
}

function refuseOther(start: string, provider: Provider): void {
  if (start === '') throw new RatesRefused('it is empty');
  if (start.startsWith('PK\u0003\u0004')) throw new RatesRefused('it is a ZIP archive: unpack it first');
  if (start.includes('\0')) throw new RatesRefused('it holds a NUL character, which no text has');
  if (start.includes('\uFFFD')) throw new RatesRefused('it is not UTF-8 text');
  if (/^<(?:!doctype html|html|head|body)\b/i.test(start)) {
    throw new RatesRefused(
      `it is HTML, a page for people, instead of ${provider === 'ecb' ? 'XML or CSV' : 'JSON'}`,
    );
  }
}
