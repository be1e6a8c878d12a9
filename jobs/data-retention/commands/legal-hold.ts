import { Command } from '@commander-js/extra-typings';
import { collect, examples } from '../../../src/cli/commands/command-context.ts';
import { consentOptions, listFormat, person, reason, until } from '../../../src/cli/commands/options.ts';

const [format, json] = listFormat;

const [dryRun, yes] = consentOptions;

export const holdAdd = () =>
  new Command('add')
    .description('Protect rows from every policy, through --until or until the release')
    .requiredOption('--table <table>', 'one of the tables that policies may name')
    .option('--where <column=value>', 'rows with this value; several must all match', collect)
    .option('--all', 'every row of the table')
    .requiredOption('--case <ref>', 'the matter that it is for')
    .addOption(reason)
    .addOption(until)
    .addOption(person)
    .addHelpText(
      'after',
      examples(
        'retention legal-hold add --table audit_log --where user_id=42 --case "Case 2026-117" --reason "claim of a customer"',
      ),
    );

export const holdList = () =>
  new Command('list')
    .description('List the legal holds in force')
    .option('--all', 'those that were released or have ended, too')
    .addOption(format)
    .addOption(json)
    .addHelpText('after', examples('retention legal-hold list'));

export const holdRelease = () =>
  new Command('release')
    .description('End a legal hold; another one may still protect the rows')
    .argument('<hold>', 'its number or its case')
    .addOption(reason)
    .addOption(dryRun)
    .addOption(yes)
    .addOption(person)
    .addHelpText('after', examples('retention legal-hold release 3 --reason "Case closed"'));
