import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { period, reportOutput } from '../../../src/cli/commands/options.ts';

const [format, json, output] = reportOutput();
const [days, from, to] = period;

export const reportRetention = () =>
  new Command('retention')
    .description('Report what was archived and deleted, by which policy, and where the archives are')
    .addOption(days)
    .addOption(from)
    .addOption(to)
    .addOption(format)
    .addOption(json)
    .addOption(output)
    .addHelpText('after', examples('report retention --days 365 --format md --output disposals.md'));
