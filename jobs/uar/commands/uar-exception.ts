import { Command, Option } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import {
  consentOptions,
  listFormat,
  person,
  reason,
  requiredReason,
  requiredUntil,
} from '../../../src/cli/commands/options.ts';
import { findingTypes } from '../finding-words.ts';

const [format, json] = listFormat;

const [dryRun, yes] = consentOptions;

export const exceptionAdd = () =>
  new Command('add')
    .description('Accept differences of an account through a date, at most 365 days away')
    .requiredOption('--key <key>', 'the account, exactly as the finding has it')
    .addOption(requiredUntil)
    .addOption(requiredReason)
    .requiredOption('--requester <email>', 'who asks for it: the address of another active account')
    .requiredOption('--compensating-control <text>', 'what limits the risk meanwhile, for the record')
    .option('--comparison <name>', 'only in this comparison, by name or number; default: in all')
    .addOption(new Option('--type <type>', 'only findings of this type').choices(findingTypes))
    .addOption(dryRun)
    .addOption(yes)
    .addOption(person)
    .addHelpText(
      'after',
      examples(
        'uar exception add --key breakglass@example.org --until 2027-03-31 --reason "break-glass account" --requester ben@example.org --compensating-control "use is alerted" --as ana@example.org',
      ),
    );

export const exceptionList = () =>
  new Command('list')
    .description('List the exceptions in force today')
    .option('--all', 'also those that have ended or were revoked')
    .addOption(format)
    .addOption(json)
    .addHelpText('after', examples('uar exception list --all'));

export const exceptionRevoke = () =>
  new Command('revoke')
    .description('End an exception now')
    .argument('<number>', 'its number')
    .addOption(reason)
    .addOption(dryRun)
    .addOption(yes)
    .addOption(person)
    .addHelpText('after', examples('uar exception revoke 3 --reason "account deleted"'));
