import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { reportOutput } from '../../../src/cli/commands/options.ts';

const [format, json, output] = reportOutput();

export const reportUar = () =>
  new Command('uar')
    .description('Report an access review as it was: population, findings, decisions, exceptions, sign-off')
    .requiredOption('--execution <number>', 'which one; `uar list` shows the last of each comparison')
    .option('--population', 'list every row of both sources as the execution read it')
    .addOption(format)
    .addOption(json)
    .addOption(output)
    .addHelpText(
      'after',
      examples(
        'report uar --execution 41 --format md --output review.md',
        'report uar --execution 41 --population --format csv --output population.csv',
      ),
    );
