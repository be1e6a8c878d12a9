import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { showFormat } from '../../../src/cli/commands/options.ts';
import { item } from './options.ts';

const [format, json] = showFormat;

export const expiryShow = () =>
  new Command('show')
    .description('Show one item: its dates, its alerts, who received them, and what comes next')
    .argument(...item)
    .addOption(format)
    .addOption(json)
    .addHelpText('after', examples('expiry show certificate:12'));
