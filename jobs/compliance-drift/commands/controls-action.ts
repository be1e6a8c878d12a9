import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { consentOptions, requiredReason } from '../../../src/cli/commands/options.ts';
import { byPerson, controlWords, ofFramework } from './options.ts';

const [dryRun] = consentOptions;

export const controlsAction = () =>
  new Command('action')
    .description('Record what is done about a control, and by when')
    .argument('<control>', controlWords)
    .requiredOption('--cause <text>', 'why it fails, or failed')
    .requiredOption('--action <text>', 'what is done about it')
    .requiredOption('--due <date>', 'overdue after that day, YYYY-MM-DD')
    .addOption(byPerson)
    .addOption(ofFramework)
    .addOption(dryRun)
    .addHelpText(
      'after',
      examples(
        'controls action AC-2 --cause "no backup test since May" --action "test on the new site" --due 2027-01-15 --as ana@example.org',
      ),
    );

export const controlsActionDone = () =>
  new Command('action-done')
    .description('Close an action on a control')
    .argument('<action>', 'its number')
    .addOption(requiredReason)
    .addOption(byPerson)
    .addOption(dryRun)
    .addHelpText(
      'after',
      examples('controls action-done 3 --reason "tested on 12 January" --as ana@example.org'),
    );
