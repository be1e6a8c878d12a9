import { Command } from 'commander';
import type { RatesConvertOptions } from '../../../jobs/exchange-rates/commands/rates-convert.action.ts';
import type { RatesDecisionOptions } from '../../../jobs/exchange-rates/commands/rates-decide.action.ts';
import type { RatesListOptions } from '../../../jobs/exchange-rates/commands/rates-list.action.ts';
import type { RatesShowOptions } from '../../../jobs/exchange-rates/commands/rates-show.action.ts';
import { type DeclareCommand, examples } from './command-context.ts';

const asOf = ['--date <date>', 'as of that day, YYYY-MM-DD; default: today'] as const;
const json = ['--json', 'print one JSON document'] as const;

export const ratesCommand: DeclareCommand = ({ run }) => {
  const show = new Command('show')
    .description('what one unit of a currency, or of each, is worth in the base currency')
    .argument('[code]', 'currency, such as USD')
    .option(...asOf)
    .option(...json)
    .addHelpText('after', examples('rates show', 'rates show USD --date 2026-06-30'))
    .action((code: string | undefined, options: RatesShowOptions) =>
      run(async (io, globals) => {
        const { ratesShow } = await import('../../../jobs/exchange-rates/commands/rates-show.action.ts');
        return ratesShow(io, globals, code, options);
      }),
    );
  const convert = new Command('convert')
    .description('an amount in another currency')
    .argument('<amount>', 'such as 100 or 99.95')
    .argument('<from>', 'its currency')
    .argument('<to>', 'the other one')
    .option(...asOf)
    .option(...json)
    .addHelpText(
      'after',
      examples('rates convert 100 USD EUR', 'rates convert 99.95 EUR JPY --date 2026-06-30'),
    )
    .action((amount: string, from: string, to: string, options: RatesConvertOptions) =>
      run(async (io, globals) => {
        const { ratesConvert } = await import(
          '../../../jobs/exchange-rates/commands/rates-convert.action.ts'
        );
        return ratesConvert(io, globals, { amount, from, to }, options);
      }),
    );
  const list = new Command('list')
    .description('rates as they were published, newest day first; or those that wait for a decision')
    .option('--held', 'those that jumped, and wait for a decision')
    .option('--limit <n>', 'at most so many', '50')
    .option(...json)
    .addHelpText('after', examples('rates list --held', 'rates list --limit 100'))
    .action((options: RatesListOptions) =>
      run(async (io, globals) => {
        const { ratesList } = await import('../../../jobs/exchange-rates/commands/rates-list.action.ts');
        return ratesList(io, globals, options);
      }),
    );
  const deciding = (action: 'accept' | 'reject', description: string) =>
    new Command(action)
      .description(description)
      .argument('<code...>', 'currencies, as `rates list --held` shows them')
      .requiredOption('--note <text>', 'why')
      .option('--until <date>', 'only those of days up to this one, YYYY-MM-DD; later ones go on waiting')
      .option('--as <email>', 'who decides; default: the user of this machine')
      .option(...json)
      .addHelpText(
        'after',
        examples(`rates ${action} TRY --until 2026-11-24 --note "as the central bank says"`),
      )
      .action((codes: readonly string[], options: RatesDecisionOptions) =>
        run(async (io, globals) => {
          const { ratesDecide } = await import(
            '../../../jobs/exchange-rates/commands/rates-decide.action.ts'
          );
          return ratesDecide(io, globals, action, codes, options);
        }),
      );
  return new Command('rates')
    .description('exchange rates: what they are, and those that are held')
    .addCommand(show)
    .addCommand(convert)
    .addCommand(list)
    .addCommand(deciding('accept', 'take the held rates of a currency, all that wait'))
    .addCommand(deciding('reject', 'never take the held rates of a currency, all that wait'))
    .addHelpText('after', examples('rates show USD', 'rates convert 100 USD EUR'));
};
