import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { consentOptions, person, requiredReason } from '../../../src/cli/commands/options.ts';

const [dryRun, yes] = consentOptions;

const deciding = (verb: string, description: string, example: string) =>
  new Command(verb)
    .description(description)
    .argument('<id...>', 'numbers of findings')
    .addOption(requiredReason)
    .addOption(dryRun)
    .addOption(yes)
    .addOption(person)
    .addHelpText('after', examples(example));

export const uarResolve = () =>
  deciding(
    'resolve',
    'Close findings that are dealt with',
    'uar resolve 12 --reason "access removed, CHG-77"',
  );

export const uarAcknowledge = () =>
  deciding(
    'acknowledge',
    'Mark findings as known and being worked on',
    'uar acknowledge 12 13 --reason "asked the owner" --as ana@example.org',
  );

export const uarFalsePositive = () =>
  deciding(
    'false-positive',
    'Mark findings as false positives until their data changes',
    'uar false-positive 12 --reason "shared mailbox"',
  );
