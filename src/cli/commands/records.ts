import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { consentOptions, json, limit, listFormat, person, reason, showFormat } from './options.ts';

const [dryRun, yes] = consentOptions;
const [format, formatJson] = listFormat;
const [oneFormat, oneJson] = showFormat;

const kindWords = 'the kind, as `records list` shows it';
const nameWords = 'its name or number';
const framework = ['--framework <name>', 'only of this framework: controls, rules and links'] as const;

export const recordsList = () =>
  new Command('list')
    .description('List the records of a kind, or the kinds')
    .argument('[kind]', kindWords)
    .argument('[text]', 'only those with this in their name')
    .option(...framework)
    .addOption(limit)
    .addOption(format)
    .addOption(formatJson)
    .addHelpText('after', examples('records list', 'records list controls AC- --framework "NIST 800-53"'));

export const recordsShow = () =>
  new Command('show')
    .description('Show a record, and what depends on it')
    .argument('<kind>', kindWords)
    .argument('<name>', nameWords)
    .option(...framework)
    .addOption(oneFormat)
    .addOption(oneJson)
    .addHelpText('after', examples('records show framework "NIST 800-53"'));

export const recordsRename = () =>
  new Command('rename')
    .description('Rename a record')
    .argument('<kind>', kindWords)
    .argument('<name>', nameWords)
    .argument('<new-name>', 'a name that no other has')
    .option(...framework)
    .addOption(reason)
    .addOption(person)
    .addHelpText('after', examples('records rename activity Backp "Backup test"'));

const switching = (verb: 'enable' | 'disable', description: string, example: string) => () =>
  new Command(verb)
    .description(description)
    .argument('<kind>', kindWords)
    .argument('<name>', nameWords)
    .option(...framework)
    .addOption(reason)
    .addOption(person)
    .addHelpText('after', examples(example));

export const recordsEnable = switching(
  'enable',
  'Put a disabled record to use again',
  'records enable rule "Backup test"',
);

export const recordsDisable = switching(
  'disable',
  'Keep a record without using it',
  'records disable person ana@example.org --reason "left the company"',
);

export const recordsRemove = () =>
  new Command('remove')
    .description('Remove a record with all that belongs to it')
    .argument('<kind>', kindWords)
    .argument('<name>', nameWords)
    .option(...framework)
    .addOption(reason)
    .addOption(person)
    .addOption(dryRun)
    .addOption(yes)
    .addOption(json)
    .addHelpText(
      'after',
      examples(
        'records remove framework "NIST 800-53" --dry-run',
        'records remove framework "NIST 800-53" --reason "wrong catalog" --as ana@example.org',
      ),
    );
