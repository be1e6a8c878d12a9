import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { period, reportOutput } from '../../../src/cli/commands/options.ts';

const [format, json, output] = reportOutput();
const [days, from, to] = period;

export const reportDrift = () =>
  new Command('drift')
    .description('Report regressions, improvements and the trend of the compliance snapshots')
    .addOption(days)
    .addOption(from)
    .addOption(to)
    .addOption(format)
    .addOption(json)
    .addOption(output)
    .option('--framework <name>', 'only this framework, by name or number')
    .addHelpText(
      'after',
      examples(
        'report drift --days 90',
        'report drift --from 2026-10-01 --to 2026-10-31',
        'report drift --days 7 --format md --output drift.md',
      ),
    );
