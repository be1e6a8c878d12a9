import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { listFormat } from './options.ts';

const [format, json] = listFormat;

export const declareStatus = () =>
  new Command('status')
    .description('Show what needs a person now: jobs, messages, and what the jobs found')
    .option('--check', 'exit 4 when something needs a person')
    .addOption(format)
    .addOption(json)
    .addHelpText('after', examples('status', 'status --check --format json'));
