import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import type { Cell, Report } from '../../../src/job/report.ts';
import type { Day } from '../../../src/time/calendar-day.ts';
import { dayAfter, isOld } from '../business-days.ts';
import { worthText } from '../convert.ts';
import { readNewerHeld } from '../held.sql.ts';
import { isDerived, type Quote, readQuotes } from '../quotes.sql.ts';
import { heldLines, noRate, readCurrency, readDate, readRateContext } from './rate-options.ts';
import type { ratesShow as ratesShowDeclaration } from './rates-show.ts';

/** As typed. */
type RatesShowOptions = OptionsOf<typeof ratesShowDeclaration>;

/** Without a code, currencies that were last quoted longer ago are left out: they are history. */
const daysShown = 30;

/** `rates show [CODE]`: what one unit is worth in the base currency as of a day, and of which day the rate is. */
export async function ratesShow(
  io: Io,
  globals: GlobalOptions,
  code: string | undefined,
  options: RatesShowOptions,
): Promise<ExitCode> {
  const wanted = code === undefined ? undefined : readCurrency(code);
  const date = readDate(options.date);
  const json = options.json === true;
  return withSession(io, globals, { quiet: json }, async (session) => {
    const { database, secrets } = session;
    const { base, provider, day } = await readRateContext(session, date);
    const range = wanted === undefined ? { since: dayAfter(day, -daysShown) } : { codes: [wanted] };
    const quotes =
      wanted === base ? [] : await readQuotes(database.db, { target: base, asOf: day, provider, ...range });
    if (quotes.length === 0 && wanted !== base) throw noRate(wanted ?? 'any currency', day);
    const held = date === undefined ? await readNewerHeld(database.db, quotes) : [];
    if (json) {
      const label = secrets.scrub(database.label);
      writeJson(io, {
        database: label,
        as_of: day,
        base,
        rates: quotes.map((quote) => document(quote, base, day, held)),
      });
    } else printReport(io, [...report(quotes, base, day), ...heldLines(held)]);
    return ExitCode.ok;
  });
}

function document(
  quote: Quote,
  base: string,
  day: Day,
  held: readonly string[],
): Readonly<Record<string, unknown>> {
  return {
    code: quote.code,
    rate: worthText(quote),
    rate_date: quote.rate_date,
    provider: quote.provider,
    published: {
      base: quote.base,
      code: quote.per_base,
      ...(quote.base === base ? {} : { [base]: quote.target_per_base }),
    },
    derived: isDerived(quote, base),
    old: isOld(quote.rate_date, day),
    newer_held: held.includes(quote.code),
  };
}

function report(quotes: readonly Quote[], base: string, day: Day): Report {
  if (quotes.length === 0)
    return [{ kind: 'line', text: `1 ${base} is 1 ${base}: it is the base currency.` }];
  const old = quotes.filter((quote) => isOld(quote.rate_date, day));
  return [
    { kind: 'line', text: `In ${base}, as of ${day}` },
    {
      kind: 'table',
      columns: ['1', `in ${base}`, 'Rate of', 'Published', 'By'],
      rows: quotes.map((quote): readonly (string | Cell)[] => [
        quote.code,
        worthText(quote, 8),
        isOld(quote.rate_date, day) ? { text: quote.rate_date, tone: 'warning' } : quote.rate_date,
        isDerived(quote, base)
          ? `${quote.base}: ${quote.per_base}, ${base} ${quote.target_per_base} (derived)`
          : published(quote, base),
        quote.provider,
      ]),
    },
    ...(old.length === 0
      ? []
      : [
          {
            kind: 'line',
            text: `Older than five business days: ${old.map(({ code }) => code).join(', ')}`,
            tone: 'warning',
          } as const,
        ]),
  ];
}

function published({ base, code, per_base, target_per_base }: Quote, target: string): string {
  return base === target ? `1 ${base} = ${per_base} ${code}` : `1 ${base} = ${target_per_base} ${target}`;
}
