import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { reportOutput } from '../../../src/cli/commands/options.ts';

const [format, json, output] = reportOutput();

export const reportDrift = () =>
  new Command('drift')
    .description('regressions, improvements and the trend of the compliance snapshots')
    .option('--days <n>', 'how far to look back, 1 to 3650', '30')
    .addOption(format)
    .addOption(json)
    .addOption(output)
    .option('--framework <name>', 'only this framework, by name or number')
    .addHelpText(
      'after',
      examples('report drift --days 90', 'report drift --days 7 --format md --output drift.md'),
    );
