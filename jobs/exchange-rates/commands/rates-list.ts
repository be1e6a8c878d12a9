import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { json } from '../../../src/cli/commands/options.ts';

export const ratesList = () =>
  new Command('list')
    .description('rates as they were published, newest day first; or those that wait for a decision')
    .option('--held', 'those that jumped, and wait for a decision')
    .option('--limit <n>', 'at most so many', '50')
    .addOption(json)
    .addHelpText('after', examples('rates list --held', 'rates list --limit 100'));
