import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { json } from '../../../src/cli/commands/options.ts';

export const uarList = () =>
  new Command('list')
    .description('List the comparisons: when they run, what the last execution found')
    .addOption(json)
    .addHelpText('after', examples('uar list'));
