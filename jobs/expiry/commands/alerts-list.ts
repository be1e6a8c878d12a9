import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { json } from '../../../src/cli/commands/options.ts';

export const alertsList = () =>
  new Command('list')
    .description('what was told of late, to whom, and what is kept quiet')
    .option('--limit <n>', 'at most so many alerts', '50')
    .addOption(json)
    .addHelpText('after', examples('alerts list --limit 20'));
