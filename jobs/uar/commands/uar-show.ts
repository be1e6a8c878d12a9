import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { showFormat } from '../../../src/cli/commands/options.ts';

const [format, json] = showFormat;

export const uarShow = () =>
  new Command('show')
    .description('Show one finding: its executions, its decisions, and what comes next')
    .argument('<id>', 'its number')
    .addOption(format)
    .addOption(json)
    .addHelpText('after', examples('uar show 12'));
