import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { actor } from '../../../src/cli/commands/options.ts';

const deciding = (verb: string, description: string, example: string) =>
  new Command(verb)
    .description(description)
    .argument('<id...>', 'numbers of findings')
    .requiredOption('--note <text>', 'why; the auditor reads it')
    .addOption(actor)
    .addHelpText('after', examples(example));

export const uarResolve = () =>
  deciding('resolve', 'the finding is dealt with', 'uar resolve 12 --note "access removed, CHG-77"');

export const uarAcknowledge = () =>
  deciding(
    'acknowledge',
    'the finding is known and being worked on',
    'uar acknowledge 12 13 --note "asked the owner" --as ana@example.org',
  );

export const uarFalsePositive = () =>
  deciding(
    'false-positive',
    'the finding is right as it is, until its data change',
    'uar false-positive 12 --note "shared mailbox"',
  );
