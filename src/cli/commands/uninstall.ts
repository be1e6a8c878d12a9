import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';

export const declareUninstall = () =>
  new Command('uninstall')
    .description('Print what is left in the database, and the SQL that removes the rest; nothing is run')
    .addHelpText('after', examples('uninstall'));
