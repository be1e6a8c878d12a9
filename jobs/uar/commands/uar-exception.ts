import { Command, Option } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { actor, json } from '../../../src/cli/commands/options.ts';
import { findingTypes } from '../finding-words.ts';

export const exceptionAdd = () =>
  new Command('add')
    .description('let an account differ until a date')
    .requiredOption('--key <key>', 'the account, exactly as the finding has it')
    .requiredOption('--until <date>', 'the last day on which it counts, YYYY-MM-DD')
    .requiredOption('--reason <text>', 'why; the auditor reads it')
    .option('--comparison <number>', 'only in this comparison; default: in all')
    .addOption(new Option('--type <type>', 'only findings of this type').choices(findingTypes))
    .addOption(actor)
    .addHelpText(
      'after',
      examples(
        'uar exception add --key breakglass@example.org --until 2027-03-31 --reason "break-glass account"',
      ),
    );

export const exceptionList = () =>
  new Command('list')
    .description('the exceptions that count today')
    .option('--all', 'also those that have ended or were revoked')
    .addOption(json)
    .addHelpText('after', examples('uar exception list --all'));

export const exceptionRevoke = () =>
  new Command('revoke')
    .description('end an exception now')
    .argument('<number>', 'its number')
    .option('--reason <text>', 'why')
    .addOption(actor)
    .addHelpText('after', examples('uar exception revoke 3 --reason "account deleted"'));
