import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { consentOptions, json, person, requiredReason } from './options.ts';

const [dryRun, yes] = consentOptions;

export const peopleErase = () =>
  new Command('erase')
    .description('Remove the address of a person from what the program keeps; verify still holds')
    .argument('<email>', 'the address')
    .addOption(requiredReason)
    .addOption(person)
    .addOption(dryRun)
    .addOption(yes)
    .addOption(json)
    .addHelpText('after', examples('people erase ana@example.org --reason "Request of 2 March" --dry-run'));
