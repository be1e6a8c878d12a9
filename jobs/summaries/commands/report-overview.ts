import { Command, Option } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { reportOutput } from '../../../src/cli/commands/options.ts';

const [format, json, output] = reportOutput();

export const reportOverview = () =>
  new Command('overview')
    .description('Report a month for the management: controls, reviews, ends, messages, runs and changes')
    .addOption(new Option('--month <month>', 'this month, such as 2026-10; default: the present one'))
    .addOption(format)
    .addOption(json)
    .addOption(output)
    .addHelpText(
      'after',
      examples('report overview', 'report overview --month 2026-10 --format html --output overview.html'),
    );
