import { Command, Option } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { period, reportOutput } from '../../../src/cli/commands/options.ts';

const [, from, to] = period;
const [format, json, output] = reportOutput('ics');

export const reportExpiry = () =>
  new Command('expiry')
    .description('Report what renews or expires, by date, with owner and cost')
    .addOption(
      new Option('--days <n>', 'how far to look ahead, 1 to 3650').default('90').conflicts(['from', 'to']),
    )
    .addOption(from)
    .addOption(to)
    .addOption(new Option('--expired', 'what has expired instead').conflicts(['from', 'to']))
    .addOption(format)
    .addOption(json)
    .addOption(output)
    .addHelpText(
      'after',
      examples(
        'report expiry --days 90',
        'report expiry --from 2027-01-01 --to 2027-12-31',
        'report expiry --expired',
        'report expiry --format ics --output ends.ics',
      ),
    );
