import { Parser } from 'htmlparser2';
import { RatesRefused, type RawRates } from './check-rates.ts';

/** Elements within each other; the ECB has four. The parser's time grows with the square of it. */
const deepest = 16;

/**
 * The ECB's XML of reference rates (eurofxref-daily, -hist-90d and -hist alike):
 * `<gesmes:Envelope>…<Cube><Cube time='2026-11-24'><Cube currency='USD' rate='1.0502'/>…`.
 *
 * @throws RatesRefused
 */
export function readEcbXml(text: string): RawRates {
  const days: { date: string; rates: [string, string][] }[] = [];
  let root: string | undefined;
  let depth = 0;
  let justOpened = false;
  let cutOff = false;
  const parser = new Parser(
    {
      onopentag: (name, { time, currency, rate }) => {
        root ??= name;
        depth += 1;
        if (depth > deepest) throw new RatesRefused(`its elements are nested deeper than ${deepest}`);
        justOpened = true;
        if (time !== undefined) days.push({ date: time, rates: [] });
        if (currency === undefined && rate === undefined) return;
        const day = days.at(-1);
        if (day === undefined) throw new RatesRefused('it holds a rate without a date');
        day.rates.push([currency ?? '', rate ?? '']);
      },
      onclosetag: (name, implied) => {
        // <Cube …/> is closed as soon as it is open; whatever else has no tag that closes it has lost its end.
        if (implied && (!justOpened || name === root)) cutOff = true;
        justOpened = false;
        depth -= 1;
      },
    },
    { xmlMode: true },
  );
  parser.end(text);
  if (root === undefined || !/^(?:\w+:)?Envelope$/.test(root)) {
    throw new RatesRefused("it is not the ECB's XML of reference rates");
  }
  if (cutOff) throw new RatesRefused('it is cut off: not every element of its XML is closed');
  return { base: 'EUR', days };
}
