import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { consentOptions, requiredReason, requiredUntil } from '../../../src/cli/commands/options.ts';
import { byPerson, controlWords, ofFramework } from './options.ts';

const [dryRun, yes] = consentOptions;

export const controlsAccept = () =>
  new Command('accept')
    .description('Accept a failing control through a day; its status stays as it is')
    .argument('<control>', controlWords)
    .addOption(requiredReason)
    .addOption(requiredUntil)
    .addOption(byPerson)
    .addOption(ofFramework)
    .addOption(dryRun)
    .addOption(yes)
    .addHelpText(
      'after',
      examples('controls accept AC-2 --reason "replaced in March" --until 2027-03-31 --as ana@example.org'),
    );
