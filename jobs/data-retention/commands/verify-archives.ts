import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { json, statementTimeout } from '../../../src/cli/commands/options.ts';

export const verifyArchives = () =>
  new Command('archives')
    .description('Check every archive of data-retention against its manifest; exit 4 when something is wrong')
    .option('--folder <folder>', 'where the files are, if they were moved')
    .addOption(json)
    .addOption(statementTimeout)
    .addHelpText('after', examples('verify archives'));
