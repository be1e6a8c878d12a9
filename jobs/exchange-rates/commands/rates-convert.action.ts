import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { usage } from '../../../src/errors/usage.ts';
import { type Conversion, convert, forPeople } from '../convert.ts';
import { readNewerHeld } from '../held.sql.ts';
import { heldLines, noRate, readCurrency, readDate, readRateContext } from './rate-options.ts';
import type { ratesConvert as ratesConvertDeclaration } from './rates-convert.ts';

/** As typed. */
type RatesConvertOptions = OptionsOf<typeof ratesConvertDeclaration>;

/** As typed. */
export interface RatesConvertArguments {
  readonly amount: string;
  readonly from: string;
  readonly to: string;
}

/** `rates convert AMOUNT FROM TO`: by the newest day, up to the one that is asked about, on which both are quoted. */
export async function ratesConvert(
  io: Io,
  globals: GlobalOptions,
  args: RatesConvertArguments,
  options: RatesConvertOptions,
): Promise<ExitCode> {
  const amount = readAmount(args.amount);
  const [from, to] = [readCurrency(args.from), readCurrency(args.to)];
  const date = readDate(options.date);
  const json = options.json === true;
  return withSession(io, globals, { quiet: json }, async (session) => {
    const { database, secrets } = session;
    const { provider, day } = await readRateContext(session, date);
    const conversion = await convert(database.db, { amount, from, to, day, provider });
    if (conversion === null) throw noRate(`${from} in ${to}`, day);
    const { rateDate } = conversion;
    const inForce = rateDate === null ? [] : [from, to].map((code) => ({ code, rate_date: rateDate }));
    const held = date === undefined ? await readNewerHeld(database.db, inForce) : [];
    if (json) {
      const { rateDate: _, ...rest } = conversion;
      writeJson(io, {
        database: secrets.scrub(database.label),
        as_of: day,
        rate_date: rateDate,
        ...rest,
        newer_held: held,
      });
    } else {
      printReport(io, [
        { kind: 'line', text: `${amount} ${from} = ${conversion.converted} ${to}` },
        { kind: 'line', text: basisOf(conversion) },
        ...(conversion.old
          ? [
              {
                kind: 'line',
                text: `The rate is older than five business days on ${day}.`,
                tone: 'warning',
              } as const,
            ]
          : []),
        ...heldLines(held),
      ]);
    }
    return ExitCode.ok;
  });
}

function readAmount(text: string): string {
  const amount = text.trim();
  if (/^-?\d{1,20}(?:\.\d{1,20})?$/.test(amount)) return amount;
  throw usage(`'${text}' is not an amount.`, 'Give a number with a point for decimals, such as 99.95.');
}

function basisOf({ from, to, rate, rateDate, provider, derived }: Conversion): string {
  if (rateDate === null) return 'The currencies are the same.';
  return `Rate of ${rateDate} (${provider}${derived ? ', derived' : ''}): 1 ${from} = ${forPeople(rate)} ${to}`;
}
