import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { json, statementTimeout } from './options.ts';

export const declareRestore = () =>
  new Command('restore')
    .description('Check a backup and put it in the place of the embedded database, whose data are lost')
    .argument('<file>', 'what backup has written')
    .addOption(json)
    .addOption(statementTimeout)
    .addHelpText('after', examples('restore opsdeck-jobs.backup'));
