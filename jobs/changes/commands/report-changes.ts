import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { period, reportOutput } from '../../../src/cli/commands/options.ts';

const [format, json, output] = reportOutput();
const [days, from, to] = period;

export const reportChanges = () =>
  new Command('changes')
    .description('Report what changed in the monitoring itself: settings, versions, decisions and rules')
    .addOption(days)
    .addOption(from)
    .addOption(to)
    .addOption(format)
    .addOption(json)
    .addOption(output)
    .addHelpText(
      'after',
      examples(
        'report changes --days 90',
        'report changes --from 2026-10-01 --to 2026-10-31 --format md --output changes.md',
      ),
    );
