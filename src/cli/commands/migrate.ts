import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { consentOptions, json, statementTimeout } from './options.ts';

const [, yes] = consentOptions;

export const declareMigrate = () =>
  new Command('migrate')
    .description('Bring the database to the version of this program')
    .option('--status', 'show which migrations are applied')
    .option('--dry-run', 'show what would be applied, change nothing')
    .option('--confirm-database', 'let a restored or copied database send messages from now on')
    .addOption(yes)
    .option('--as <who>', 'who confirms this, for the record; default: the user of the operating system')
    .addOption(json)
    .addOption(statementTimeout)
    .addHelpText('after', examples('migrate --dry-run', 'migrate', 'migrate --confirm-database'));
