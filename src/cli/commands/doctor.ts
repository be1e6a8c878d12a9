import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { json } from './options.ts';

export const declareDoctor = () =>
  new Command('doctor')
    .description('Check configuration, database, rights, mail, data and jobs; exit 4 when something is wrong')
    .option('--offline', 'leave out what uses the network besides the database')
    .option('--bundle <file>', 'also write all of it to a file for a bug report, without secrets')
    .addOption(json)
    .addHelpText('after', examples('doctor', 'doctor --offline --json', 'doctor --bundle report.json'));
