import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { json, statementTimeout } from './options.ts';

export const declareBackup = () =>
  new Command('backup')
    .description('Write the embedded database to a file and check it, also while the daemon runs')
    .argument('<file>', 'the backup; a file of that name is replaced once the new one is checked')
    .option('--sql', 'write the data as SQL for psql, to move to a PostgreSQL database that migrate has made')
    .addOption(json)
    .addOption(statementTimeout)
    .addHelpText('after', examples('backup opsdeck-jobs.backup', 'backup --sql opsdeck-jobs.sql'));
