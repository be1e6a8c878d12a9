import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { reportOutput } from '../../../src/cli/commands/options.ts';

const [format, json, output] = reportOutput('ics');

export const reportExpiry = () =>
  new Command('expiry')
    .description('Report what renews or expires, by date, with owner and cost')
    .option('--days <n>', 'how far to look ahead, 1 to 3650', '90')
    .option('--expired', 'what has expired instead')
    .addOption(format)
    .addOption(json)
    .addOption(output)
    .addHelpText(
      'after',
      examples(
        'report expiry --days 90',
        'report expiry --expired',
        'report expiry --format ics --output ends.ics',
      ),
    );
