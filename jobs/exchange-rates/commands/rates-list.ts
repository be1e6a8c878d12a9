import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { limit, listFormat } from '../../../src/cli/commands/options.ts';

const [format, json] = listFormat;

export const ratesList = () =>
  new Command('list')
    .argument('[code]', 'with --quarantined: each rate of this currency')
    .description('List published rates, newest day first; or the quarantined ones')
    .option('--quarantined', 'only the currencies with quarantined rates, which wait for a decision')
    .addOption(limit)
    .addOption(format)
    .addOption(json)
    .addHelpText(
      'after',
      examples('rates list --quarantined', 'rates list --quarantined TRY', 'rates list --limit 100'),
    );
