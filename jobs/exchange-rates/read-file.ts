import { openRegularFile, readError } from '../../src/import/input-file.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import { type CheckedRates, checkRates, RatesRefused } from './check-rates.ts';
import { readRates } from './rates-text.ts';

/** Bytes; the ECB's whole history is 7 MB of XML. */
const longestFile = 64 * 2 ** 20;

/**
 * A file of the ECB's that was downloaded, XML or CSV.
 *
 * @throws OperatorError `file_not_readable`, `file_empty` (exit 2); RatesRefused for what it holds.
 */
export async function readRatesFile(path: string, today: Day): Promise<CheckedRates> {
  const handle = await openRegularFile(path);
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of handle.createReadStream({ autoClose: false })) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > longestFile) throw new RatesRefused('it is larger than any that holds rates');
      chunks.push(bytes);
    }
    const read = checkRates(readRates('ecb', Buffer.concat(chunks).toString('utf8')), 'EUR', today);
    if (read.days.length === 0) throw new RatesRefused('it holds no rates');
    return read;
  } catch (error) {
    throw readError(path, error);
  } finally {
    await handle.close();
  }
}
