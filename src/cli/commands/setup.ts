import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { actor } from './options.ts';

export const declareSetup = () =>
  new Command('setup')
    .description('Look at the database, migrate it, preview every job, and stop all sending until --go-live')
    .option('--to <address>', 'also send one sample message of each job to this address')
    .option('--offline', 'leave out what uses the network besides the database')
    .option('--go-live', 'show which messages wait, ask, and let every host send')
    .option('--yes', 'with --go-live: do not ask')
    .addOption(actor)
    .addHelpText('after', examples('setup', 'setup --to ana@example.org', 'setup --go-live'));
