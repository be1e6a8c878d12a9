import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { RatesRefused, type RawDay, type RawRates, shown } from './check-rates.ts';

const table = z.array(z.array(z.string()));

/**
 * The ECB's CSV of reference rates, unpacked: `Date,USD,JPY,…,` and a line a day. History writes the date as `2026-11-24`, the
 * daily file as `24 November 2026`; both end their lines with a comma, and write `N/A` for what was not quoted.
 *
 * @throws RatesRefused
 */
export function readEcbCsv(text: string): RawRates {
  if (!/^Date\s*,/.test(text)) throw new RatesRefused("it is not the ECB's CSV of reference rates");
  const [header = [], ...lines] = cells(text);
  const codes = header.slice(1);
  // The comma at the end of the line.
  const ended = codes.at(-1) === '';
  const columns = ended ? codes.slice(0, -1) : codes;
  return { base: 'EUR', days: lines.map((line, index) => readLine(line, index + 2, header.length, columns)) };
}

/** @throws RatesRefused */
export function cells(text: string): string[][] {
  try {
    return table.parse(parse(text, { trim: true, relax_column_count: true, skip_empty_lines: true }));
  } catch (error) {
    if (error instanceof CsvError)
      throw new RatesRefused('it is not CSV: a quotation mark stands in a wrong place');
    throw error;
  }
}

function readLine(
  line: readonly string[],
  number: number,
  width: number,
  columns: readonly string[],
): RawDay {
  if (line.length !== width) {
    throw new RatesRefused(
      `line ${number} has ${line.length} columns and the header ${width}: it is cut off, or was changed`,
    );
  }
  const [date = '', ...rates] = line;
  const pairs = columns.map((code, index) => [code, rates[index] ?? ''] as const);
  return { date: isoDate(date), rates: pairs.filter(([, rate]) => rate !== 'N/A') };
}

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

function isoDate(text: string): string {
  const [, day, name = '', year] = /^(\d{1,2}) ([A-Z][a-z]+) (\d{4})$/.exec(text) ?? [];
  if (day === undefined) return text;
  const month = months.indexOf(name) + 1;
  if (month === 0) throw new RatesRefused(`${shown(text)} is not a date`);
  return `${year}-${String(month).padStart(2, '0')}-${day.padStart(2, '0')}`;
}
