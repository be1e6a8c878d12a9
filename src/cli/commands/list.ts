import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { listFormat } from './options.ts';

const [format, json] = listFormat;

export const declareList = () =>
  new Command('list')
    .description('Show the jobs: state, schedule, next and last runs')
    .option('--check', 'only jobs with a problem; exit 4 when there is one')
    .option('--next <n>', 'also show the next n instants of each schedule')
    .addOption(format)
    .addOption(json)
    .addHelpText('after', examples('list', 'list --next 5', 'list --check --json'));
