import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { listFormat } from '../../../src/cli/commands/options.ts';

const [format, json] = listFormat;

export const uarList = () =>
  new Command('list')
    .description('List the comparisons: when they run, what the last execution found')
    .addOption(format)
    .addOption(json)
    .addHelpText('after', examples('uar list'));
