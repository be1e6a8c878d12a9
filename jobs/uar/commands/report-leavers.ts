import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { period, reportOutput } from '../../../src/cli/commands/options.ts';

const [format, json, output] = reportOutput();
const [, , to] = period;

export const reportLeavers = () =>
  new Command('leavers')
    .description('Report who left in a period, and how long each system still had their accounts')
    .requiredOption('--from <date>', 'the first day of the period, YYYY-MM-DD')
    .addOption(to)
    .addOption(format)
    .addOption(json)
    .addOption(output)
    .addHelpText(
      'after',
      examples(
        'report leavers --from 2026-07-01 --to 2026-09-30',
        'report leavers --from 2026-01-01 --format csv --output leavers.csv',
      ),
    );
