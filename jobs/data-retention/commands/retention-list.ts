import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { listFormat } from '../../../src/cli/commands/options.ts';

const [format, json] = listFormat;

export const retentionList = () =>
  new Command('list')
    .description('List the policies that are switched on: what is due, under a legal hold, or blocked')
    .addOption(format)
    .addOption(json)
    .addHelpText('after', examples('retention list', 'retention list --format csv'));
