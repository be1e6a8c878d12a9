import { Command, Option } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { consentOptions, requiredReason, until } from '../../../src/cli/commands/options.ts';
import { byPerson, controlWords, ofFramework } from './options.ts';

const [dryRun, yes] = consentOptions;

export const controlsAttest = () =>
  new Command('attest')
    .description('Record whether a control without rules is met; met counts through a day')
    .argument('<control>', controlWords)
    .addOption(
      new Option('--result <result>', 'met or not_met')
        .choices(['met', 'not_met'] as const)
        .makeOptionMandatory(),
    )
    .addOption(requiredReason)
    .option('--evidence <reference>', 'where it can be looked up, such as a ticket; required for met')
    .addOption(until)
    .addOption(byPerson)
    .addOption(ofFramework)
    .addOption(dryRun)
    .addOption(yes)
    .addHelpText(
      'after',
      examples(
        'controls attest A.5.1 --result met --reason "reviewed by the board" --evidence DOC-12 --until 2027-06-30 --as ana@example.org',
        'controls attest A.5.1 --result not_met --reason "policy not approved" --as ana@example.org',
      ),
    );
