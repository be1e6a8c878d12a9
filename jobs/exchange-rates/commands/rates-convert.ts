import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { json } from '../../../src/cli/commands/options.ts';
import { asOf } from './options.ts';

export const ratesConvert = () =>
  new Command('convert')
    .description('Convert an amount into another currency')
    .argument('<amount>', 'such as 100 or 99.95')
    .argument('<from>', 'its currency')
    .argument('<to>', 'the other one')
    .addOption(asOf)
    .addOption(json)
    .addHelpText(
      'after',
      examples('rates convert 100 USD EUR', 'rates convert 99.95 EUR JPY --date 2026-06-30'),
    );
