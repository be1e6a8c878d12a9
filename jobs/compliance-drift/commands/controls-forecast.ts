import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { reportOutput } from '../../../src/cli/commands/options.ts';

const [format, json, output] = reportOutput();

export const controlsForecast = () =>
  new Command('forecast')
    .description('List controls that turn warning or non-compliant if no new evidence comes')
    .option('--days <n>', 'how far to look ahead, 1 to 3650', '30')
    .option('--framework <name>', 'only this framework, by name or number')
    .addOption(format)
    .addOption(json)
    .addOption(output)
    .addHelpText('after', examples('controls forecast --days 90'));
