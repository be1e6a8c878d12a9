import { Command } from '@commander-js/extra-typings';
import { collect, examples } from '../../../src/cli/commands/command-context.ts';
import { actor, json } from '../../../src/cli/commands/options.ts';

export const holdAdd = () =>
  new Command('add')
    .description('keep rows, whatever the policies say, until the hold is released or its last day is over')
    .requiredOption('--table <table>', 'one of the tables that policies may name')
    .option('--where <column=value>', 'rows with this value; several must all match', collect)
    .option('--all', 'every row of the table')
    .requiredOption('--case <text>', 'what it is for')
    .option('--until <date>', 'its last day, YYYY-MM-DD; default: until it is released')
    .addOption(actor)
    .addHelpText(
      'after',
      examples('retention hold add --table audit_log --where user_id=42 --case "Case 2026-117"'),
    );

export const holdList = () =>
  new Command('list')
    .description('the holds in force')
    .option('--all', 'those that were released or have ended, too')
    .addOption(json)
    .addHelpText('after', examples('retention hold list'));

export const holdRelease = () =>
  new Command('release')
    .description('end a hold; the rows may still be under another one')
    .argument('<id>', 'its number')
    .option('--note <text>', 'why')
    .addOption(actor)
    .addHelpText('after', examples('retention hold release 3 --note "Case closed"'));
