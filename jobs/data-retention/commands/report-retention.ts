import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { reportOutput } from '../../../src/cli/commands/options.ts';

const [format, json, output] = reportOutput();

export const reportRetention = () =>
  new Command('retention')
    .description('what was archived and deleted, by which policy, and where the archives are')
    .option('--days <n>', 'how far to look back, 1 to 3650', '30')
    .addOption(format)
    .addOption(json)
    .addOption(output)
    .addHelpText('after', examples('report retention --days 365 --format md --output disposals.md'));
