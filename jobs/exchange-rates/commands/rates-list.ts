import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { json } from '../../../src/cli/commands/options.ts';

export const ratesList = () =>
  new Command('list')
    .description('List published rates, newest day first; or the quarantined ones')
    .option('--quarantined', 'only quarantined rates, which wait for a decision')
    .option('--limit <n>', 'at most so many', '50')
    .addOption(json)
    .addHelpText('after', examples('rates list --quarantined', 'rates list --limit 100'));
