import { Command, Option } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { reportOutput } from '../../../src/cli/commands/options.ts';

const [json, output] = reportOutput;

export const reportDrift = () =>
  new Command('drift')
    .description('regressions, improvements and the trend of the compliance snapshots')
    .option('--days <n>', 'how far to look back, 1 to 3650', '30')
    .addOption(
      new Option('--format <format>', 'how to print it')
        .choices(['text', 'json', 'csv', 'md'] as const)
        .default('text'),
    )
    .addOption(json)
    .addOption(output)
    .option('--framework <id>', 'only this framework')
    .addHelpText(
      'after',
      examples('report drift --days 90', 'report drift --days 7 --format md --output drift.md'),
    );
