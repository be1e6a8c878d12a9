import { Command, Option } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { after, limit, listFormat } from '../../../src/cli/commands/options.ts';
import { severities } from '../../../src/job/severity.ts';
import { findingStatuses, findingTypes } from '../finding-words.ts';

const [format, json] = listFormat;

export const uarFindings = () =>
  new Command('findings')
    .description('List findings, worst first; without --status only open and acknowledged ones')
    .option('--comparison <name>', 'only of this comparison, by name or number')
    .addOption(new Option('--status <status>', 'only with this status').choices([...findingStatuses, 'all']))
    .addOption(new Option('--severity <severity>', 'only of this severity').choices(severities))
    .addOption(new Option('--type <type>', 'only of this type').choices(findingTypes))
    .addOption(limit)
    .addOption(after)
    .addOption(format)
    .addOption(json)
    .addHelpText(
      'after',
      examples(
        'uar findings --comparison "HR and accounts" --severity critical',
        'uar findings --status all --json',
      ),
    );
