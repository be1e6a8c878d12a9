import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { listFormat } from '../../../src/cli/commands/options.ts';
import { asOf } from './options.ts';

const [format, json] = listFormat;

export const ratesShow = () =>
  new Command('show')
    .description('Show what one unit of a currency, or of each, is worth in the base currency')
    .argument('[code]', 'currency, such as USD')
    .addOption(asOf)
    .addOption(format)
    .addOption(json)
    .addHelpText('after', examples('rates show', 'rates show USD --date 2026-06-30'));
