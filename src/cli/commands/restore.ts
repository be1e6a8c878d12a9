import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { consentOptions, json, statementTimeout } from './options.ts';

const [dryRun, yes] = consentOptions;

export const declareRestore = () =>
  new Command('restore')
    .description('Check a backup and put it in the place of the embedded database, whose data are lost')
    .argument('<file>', 'what backup has written')
    .addOption(dryRun)
    .addOption(yes)
    .addOption(json)
    .addOption(statementTimeout)
    .addHelpText('after', examples('restore opsdeck-jobs.backup --dry-run', 'restore opsdeck-jobs.backup'));
