import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { consentOptions } from '../../../src/cli/commands/options.ts';

const [dryRun, yes] = consentOptions;

export const uarSignOff = () =>
  new Command('sign-off')
    .description('Sign an execution: every critical and high finding of it must be decided')
    .argument('<execution>', 'its number')
    .requiredOption('--as <email>', 'who signs: the e-mail address of an account')
    .requiredOption('--note <text>', 'what is confirmed; the auditor reads it')
    .addOption(dryRun)
    .addOption(yes)
    .addHelpText('after', examples('uar sign-off 41 --as ana@example.org --note "Q4 review"'));
