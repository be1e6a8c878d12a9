import { describe, expect, it } from 'vitest';
import { businessDaysBetween, isOld } from '../../../jobs/exchange-rates/business-days.ts';
import { checkRates, RatesRefused } from '../../../jobs/exchange-rates/check-rates.ts';
import { currencyDigits, isCurrency } from '../../../jobs/exchange-rates/currencies.ts';
import { frankfurterAddress } from '../../../jobs/exchange-rates/frankfurter-address.ts';
import exchangeRates from '../../../jobs/exchange-rates/job.ts';
import type { Provider } from '../../../jobs/exchange-rates/provider.ts';
import { worthOfAmount } from '../../../jobs/exchange-rates/quotes.sql.ts';
import { readRates } from '../../../jobs/exchange-rates/rates-text.ts';
import { nextAfter, parseSchedule } from '../../../src/schedule/schedule.ts';
import { Decimal } from '../../../src/text/decimal.ts';
import { ecbCsv, ecbXml, frankfurter, frankfurterSeries, sdmxCsv } from './provider-answers.ts';

const today = '2026-11-24';

function read(provider: Provider, text: string, base = 'EUR') {
  return checkRates(readRates(provider, text), base, today).days.map(({ date, rates }) => [
    date,
    Object.fromEntries(rates),
  ]);
}

/** Digits that a binary float would not keep. */
const digits = { USD: '0.1', JPY: '161.3000', GBP: '0.30000000000000000004', IDR: '17655.5' };

describe('every provider is read to the digit', () => {
  it.each<[string, Provider, string]>([
    ['XML of the ECB', 'ecb', ecbXml({ '2026-11-24': digits })],
    ['XML with a byte order mark', 'ecb', `\uFEFF${ecbXml({ '2026-11-24': digits })}`],
    ['CSV of its history', 'ecb', ecbCsv(Object.keys(digits), { '2026-11-24': Object.values(digits) })],
    [
      'its daily CSV',
      'ecb',
      `Date, USD, JPY, GBP, IDR, \r\n24 November 2026, ${Object.values(digits).join(', ')}, \r\n`,
    ],
    [
      'a CSV without the last commas',
      'ecb',
      `Date,USD,JPY,GBP,IDR\n2026-11-24,${Object.values(digits).join(',')}`,
    ],
    ['SDMX CSV of its data portal', 'ecb', sdmxCsv({ '2026-11-24': digits })],
    ['Frankfurter', 'frankfurter', frankfurter('2026-11-24', digits)],
    ['a series of Frankfurter', 'frankfurter', frankfurterSeries({ '2026-11-24': digits })],
  ])('%s', (_, provider, text) => {
    expect(read(provider, text)).toEqual([['2026-11-24', digits]]);
  });

  it('writes out what has an exponent, and leaves out the base itself', () => {
    expect(
      read('frankfurter', frankfurter('2026-11-24', { USD: '1.05E0', EUR: '1.0', IDR: '1.76e4' })),
    ).toEqual([['2026-11-24', { USD: '1.05', IDR: '17600' }]]);
  });

  it('reads a history with currencies that came, went, and are no codes of ISO any more', () => {
    const text = ecbCsv(['USD', 'HRK', 'RUB', 'TRL', 'ROL'], {
      '2026-11-24': ['1.05', 'N/A', 'N/A', 'N/A', 'N/A'],
      '2004-12-31': ['1.36', '7.5', '37.8', '1836200', '39390'],
    });
    expect(read('ecb', text)).toEqual([
      ['2004-12-31', { USD: '1.36', HRK: '7.5', RUB: '37.8', TRL: '1836200', ROL: '39390' }],
      ['2026-11-24', { USD: '1.05' }],
    ]);
  });
});

const good = { USD: '1.05', JPY: '161.3' };
const xml = ecbXml({ '2026-11-24': good });
const csv = ecbCsv(['USD', 'JPY'], { '2026-11-24': ['1.05', '161.3'], '2026-11-23': ['1.04', '160'] });
const json = frankfurter('2026-11-24', good);

const tenCodes = Object.fromEntries(
  ['USD', 'JPY', 'GBP', 'CHF', 'SEK', 'NOK', 'DKK', 'PLN', 'CZK', 'HUF'].map((code) => [code, '7']),
);

it('keeps an unknown code among many known ones: it is a matter of that currency', () => {
  expect(read('ecb', ecbXml({ '2026-11-24': { ...tenCodes, QQA: '1' } }))).toEqual([
    ['2026-11-24', { ...tenCodes, QQA: '1' }],
  ]);
});

describe('what is wrong with one of many is left out and named', () => {
  const days = Object.fromEntries(
    ['24', '23', '20', '19', '18', '17', '16', '13', '12', '11'].map((day) => [`2026-11-${day}`, tenCodes]),
  );
  const history = ecbXml(days);
  it.each<[string, Provider, string, number, string | null, RegExp]>([
    [
      'a negative rate',
      'ecb',
      history.replace("rate='7'", "rate='-1'"),
      10,
      'USD',
      /USD of 2026-11-24, "-1", is neg/,
    ],
    [
      'a rate of zero',
      'frankfurter',
      frankfurter('2026-11-24', { ...tenCodes, HUF: '0' }),
      1,
      'HUF',
      /HUF of 2026-11-24/,
    ],
    [
      'a code that is none',
      'ecb',
      history.replace("'USD'", "'usd'"),
      10,
      'usd',
      /"usd" is not a currency code/,
    ],
    [
      'a date that is none',
      'ecb',
      history.replace('2026-11-20', '2026-11-31'),
      9,
      null,
      /"2026-11-31" is not a date/,
    ],
  ])('%s', (_, provider, text, taken, code, why) => {
    const { days: read, refused } = checkRates(readRates(provider, text), 'EUR', today);
    expect(refused).toEqual([{ date: expect.any(String), code, why: expect.stringMatching(why) }]);
    expect(read).toHaveLength(taken);
    expect(read.at(-1)?.rates.has(code ?? '')).toBe(false);
  });
});

describe('what is not a whole, plausible answer is refused as a whole', () => {
  it.each<[string, Provider, string, RegExp]>([
    ['nothing', 'ecb', ' \n', /it is empty/],
    [
      'HTML instead of JSON',
      'frankfurter',
      '<!DOCTYPE html><html><body>Sign in</body></html>',
      /HTML.* instead of JSON/,
    ],
    ['HTML instead of XML', 'ecb', '<html><body>maintenance</body></html>', /HTML.* instead of XML/],
    ['XHTML', 'ecb', '<?xml version="1.0"?><html xmlns="x"><body/></html>', /not the ECB's XML/],
    ['another XML', 'ecb', '<rss><Cube time="2026-11-24"/></rss>', /not the ECB's XML/],
    ['another CSV', 'ecb', 'name,cost\nFigma,12', /not the ECB's CSV/],
    ['CSV with a stray quotation mark', 'ecb', csv.replace('1.05', '1.0"5'), /it is not CSV/],
    ['a ZIP', 'ecb', 'PK\u0003\u0004\0\0', /ZIP archive: unpack/],
    ['a NUL in a rate', 'ecb', xml.replace('1.05', '1.0\u00005'), /NUL/],
    ['bytes that are no UTF-8', 'ecb', csv.replace('USD', 'US\uFFFD'), /not UTF-8/],
    ['JSON of another kind', 'frankfurter', '{"error":{"info":"no key"}}', /without the fields/],
    ['a list', 'frankfurter', '[1,2]', /without the fields/],
    [
      'the API v2 of Frankfurter',
      'frankfurter',
      '[{"date":"2026-11-24","base":"EUR","quote":"USD","rate":1.05}]',
      /API v2, which is not read; use its API v1/,
    ],
    [
      'SDMX without the values',
      'ecb',
      'FREQ,TIME_PERIOD,OBS_VALUE\nD,2026-11-24,1',
      /without the column CURRENCY/,
    ],
    ['SDMX of monthly averages', 'ecb', sdmxCsv({ '2026-11-24': good }, 'M'), /no daily reference rates/],
    [
      'more than a tenth of unknown codes',
      'ecb',
      ecbXml({ '2026-11-24': { ...tenCodes, QQA: '1', QQB: '2' } }),
      /2 of its 12 codes, such as "QQA", are not currency codes/,
    ],
    ['NaN as some write it', 'frankfurter', json.replace('1.05', 'NaN'), /not JSON/],
    ['rates of 100', 'frankfurter', json.replace('1.0,', '100.0,'), /another amount/],
    [
      'another base',
      'frankfurter',
      frankfurter('2026-11-24', good, 'USD'),
      /base currency is "USD", and EUR/,
    ],
    [
      'a base that is not 1',
      'frankfurter',
      frankfurter('2026-11-24', { ...good, EUR: '2' }),
      /base EUR is "2"/,
    ],
    ['nested too deeply', 'frankfurter', '['.repeat(200_000), /not JSON/],
    ['XML nested too deeply', 'ecb', `<Envelope>${'<Cube>'.repeat(1_000_000)}`, /nested deeper than 16/],
    [
      'an entity of its own',
      'ecb',
      xml.replace('1.05', '&a;').replace('<gesmes', '<!DOCTYPE x [<!ENTITY a "1.05">]><gesmes'),
      /"&a;", is not a number/,
    ],
    ['a key twice', 'frankfurter', json.replace('"JPY"', '"USD"'), /not JSON/],
    ['an unknown code', 'ecb', xml.replace('USD', 'USB'), /"USB" is not a currency code/],
    ['a small code', 'ecb', xml.replace('USD', 'usd'), /"usd" is not a currency code/],
    ['the code for tests', 'ecb', xml.replace('USD', 'XTS'), /"XTS" is not a currency code/],
    ['a currency twice', 'ecb', xml.replace('JPY', 'USD'), /holds USD of 2026-11-24 twice/],
    ['a rate without a currency', 'ecb', xml.replace("currency='USD'", ''), /"" is not a currency code/],
    ['a rate before any date', 'ecb', xml.replace("time='2026-11-24'", ''), /without a date/],
    ['a date of no calendar', 'ecb', xml.replace('2026-11-24', '2026-02-30'), /"2026-02-30" is not a date/],
    ['a day twice', 'ecb', csv.replace('2026-11-23', '2026-11-24'), /holds 2026-11-24 twice/],
    ['three days ahead', 'ecb', xml.replace('2026-11-24', '2026-11-27'), /more than 2 days ahead/],
    ['a day without rates', 'frankfurter', frankfurter('2026-11-24', {}), /no rates of 2026-11-24/],
  ])('%s', (_, provider, text, reason) => {
    expect(() => read(provider, text)).toThrow(RatesRefused);
    expect(() => read(provider, text)).toThrow(reason);
  });

  it.each(['0', '0.000', '-1.05', '"1.05"', 'null', '[1]', '{"a":1}', 'true', '1e13', '1e-13', '1e400'])(
    'the rate %s of Frankfurter',
    (rate) => {
      expect(() => read('frankfurter', frankfurter('2026-11-24', { USD: rate, JPY: '160' }))).toThrow(
        /the rate of USD|not JSON/,
      );
    },
  );

  it.each(['0', '-0.5', 'NaN', 'Infinity', '', '1,05', '0x10', '1.2.3', '١'])(
    'the rate %j of the ECB',
    (rate) => {
      expect(() => read('ecb', ecbXml({ '2026-11-24': { USD: rate } }))).toThrow(/the rate of USD/);
    },
  );

  it('two days ahead is taken: a rate may be for tomorrow, and a clock slow', () => {
    expect(read('ecb', xml.replace('2026-11-24', '2026-11-26'))).toHaveLength(1);
  });

  it.each<[string, Provider, string]>([
    ['XML', 'ecb', xml],
    ['JSON', 'frankfurter', json],
  ])('%s that was cut off anywhere is never taken for whole', (_, provider, text) => {
    for (let end = 1; end < text.length; end += 1) {
      expect(() => read(provider, text.slice(0, end)), `cut off at ${end}`).toThrow(RatesRefused);
    }
  });

  it('CSV that was cut off is taken only where a line ends', () => {
    const whole = new Set([csv.indexOf('\n2026-11-23'), csv.indexOf('\n2026-11-23') + 1, csv.length - 1]);
    for (let end = csv.indexOf('\n') + 2; end < csv.length; end += 1) {
      if (whole.has(end)) expect(read('ecb', csv.slice(0, end)).length).toBeGreaterThan(0);
      else expect(() => read('ecb', csv.slice(0, end)), `cut off at ${end}`).toThrow(RatesRefused);
    }
  });
});

it.each([
  ['https://api.frankfurter.app/latest', 'https://api.frankfurter.dev/v1/latest'],
  ['http://frankfurter.app/latest?to=USD', 'https://api.frankfurter.dev/v1/latest?to=USD'],
  ['https://api.frankfurter.dev/v1/latest', 'https://api.frankfurter.dev/v1/latest'],
  ['https://rates.example.org/api/latest', 'https://rates.example.org/api/latest'],
  ['latest', undefined],
])('Frankfurter at %s is asked at %s: its old host only redirects to another', (endpoint, address) => {
  expect(frankfurterAddress(endpoint)?.href).toBe(address);
});

it.each([
  ['2026-11-20', '2026-11-20', 0],
  ['2026-11-20', '2026-11-21', 0],
  ['2026-11-20', '2026-11-23', 1],
  ['2026-11-20', '2026-11-27', 5],
  ['2026-11-20', '2026-11-29', 5],
  ['2026-11-20', '2026-11-30', 6],
  ['2026-11-21', '2026-11-24', 2],
  ['2026-11-24', '2026-11-20', 0],
  ['2026-03-27', '2026-03-30', 1],
])('from %s to %s there are %i business days, and more than five are old', (from, to, days) => {
  expect(businessDaysBetween(from, to)).toBe(days);
  expect(isOld(from, to)).toBe(days > 5);
});

it('what is exactly half of a cent stays so, and goes to the even one, whatever the rate', () => {
  for (let rate = 10_501; rate < 10_600; rate += 7)
    for (let thousandths = 5; thousandths < 3000; thousandths += 10) {
      const euros = new Decimal(thousandths).div(1000);
      const per_base = new Decimal(rate).div(10_000).toFixed();
      const quote = {
        code: 'USD',
        provider: 'ecb',
        rate_date: today,
        base: 'EUR',
        per_base,
        target_per_base: '1',
      };
      expect(worthOfAmount(euros.times(per_base).toFixed(), quote).toFixed(2)).toBe(euros.toFixed(2));
    }
});

it.each([
  ['EUR', true, 2],
  ['JPY', true, 0],
  ['KWD', true, 3],
  ['HRK', true, 2],
  ['BGN', true, 2],
  ['XCG', true, 2],
  ['XXX', false, 0],
  ['EURO', false, 2],
])('the code %s', (code, known, places) => {
  expect(isCurrency(code)).toBe(known);
  expect(currencyDigits(code)).toBe(places);
});

it.each([
  [
    'the short day, on which 03:00 comes at once after 01:59',
    'Europe/Madrid',
    '2026-03-28T12:00:00Z',
    '2026-03-29T01:00:00.000Z',
  ],
  ['the long day', 'Europe/Madrid', '2026-10-24T12:00:00Z', '2026-10-25T02:00:00.000Z'],
  [
    'a short day without 03:00: at 04:00',
    'Europe/Athens',
    '2026-03-28T12:00:00Z',
    '2026-03-29T01:00:00.000Z',
  ],
  [
    'a long day with 03:00 twice: the first',
    'Europe/Athens',
    '2026-10-24T12:00:00Z',
    '2026-10-25T00:00:00.000Z',
  ],
])('the job runs once on %s', (_, zone, after, expected) => {
  const schedule = parseSchedule(exchangeRates.schedule, 'exchange-rates');
  const first = nextAfter(schedule, zone, new Date(after));
  expect(first?.toISOString()).toBe(expected);
  const second = nextAfter(schedule, zone, first ?? new Date(after));
  expect((second?.getTime() ?? 0) - (first?.getTime() ?? 0)).toBeGreaterThan(22 * 3_600_000);
});
