import { LosslessNumber, parse } from 'lossless-json';
import { z } from 'zod';
import { RatesRefused, type RawRates } from './check-rates.ts';

/** A number as it was written; text, `null` and what else may stand there is shown in the refusal. */
const number = z
  .unknown()
  .transform((value) =>
    value instanceof LosslessNumber ? value.value : (JSON.stringify(value) ?? 'nothing'),
  );
const rates = z.record(z.string(), number);
const amount = number.optional();

const latest = z.object({ amount, base: z.string(), date: z.string(), rates });
const series = z.object({ amount, base: z.string(), rates: z.record(z.string(), rates) });

/** Of its API v2, whose rates of one answer are of several days and banks. */
const second = z
  .array(z.object({ date: z.string(), base: z.string(), quote: z.string(), rate: z.unknown() }))
  .min(1);

export function secondVersion(): RatesRefused {
  return new RatesRefused(
    "it is Frankfurter's API v2, which is not read; use its API v1, such as https://api.frankfurter.dev/v1/latest",
  );
}

/**
 * What Frankfurter answers, the same at api.frankfurter.app and under /v1/: of one day
 * `{"amount":1.0,"base":"EUR","date":"2026-11-24","rates":{"USD":1.0502}}`, of several `"rates":{"2026-11-24":{"USD":1.0502}}`.
 * The digits of the numbers are kept as they are written.
 *
 * @throws RatesRefused
 */
export function readFrankfurter(text: string): RawRates {
  const value = readJson(text);
  if (second.safeParse(value).success) throw secondVersion();
  const one = latest.safeParse(value);
  const several = one.success ? undefined : series.safeParse(value);
  const found = one.data ?? several?.data;
  if (found === undefined) {
    throw new RatesRefused('it is JSON without the fields base, date and rates of Frankfurter');
  }
  if (found.amount !== undefined && Number(found.amount) !== 1) {
    throw new RatesRefused('its rates are for another amount than 1');
  }
  const days = one.success
    ? [{ date: one.data.date, rates: Object.entries(one.data.rates) }]
    : Object.entries(several?.data?.rates ?? {}).map(([date, rates]) => ({
        date,
        rates: Object.entries(rates),
      }));
  return { base: found.base, days };
}

function readJson(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    // A SyntaxError; a RangeError of what is nested too deeply.
    if (error instanceof Error) throw new RatesRefused('it is not JSON, or was cut off');
    throw error;
  }
}
