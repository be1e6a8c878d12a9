import { Command, Option } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { json } from '../../../src/cli/commands/options.ts';
import { severities } from '../../../src/job/severity.ts';
import { findingStatuses, findingTypes } from '../finding-words.ts';

export const uarFindings = () =>
  new Command('findings')
    .description('findings, worst first; those that nobody has closed unless --status says otherwise')
    .option('--comparison <number>', 'only of this comparison')
    .addOption(new Option('--status <status>', 'only with this status').choices([...findingStatuses, 'all']))
    .addOption(new Option('--severity <severity>', 'only of this severity').choices(severities))
    .addOption(new Option('--type <type>', 'only of this type').choices(findingTypes))
    .option('--limit <n>', 'at most so many', '50')
    .addOption(json)
    .addHelpText(
      'after',
      examples('uar findings --comparison 5 --severity critical', 'uar findings --status all --json'),
    );
