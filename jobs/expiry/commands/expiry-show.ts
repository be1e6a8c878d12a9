import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { json } from '../../../src/cli/commands/options.ts';
import { item } from './options.ts';

export const expiryShow = () =>
  new Command('show')
    .description('Show one item: its dates, its alerts, who received them, and what comes next')
    .argument(...item)
    .addOption(json)
    .addHelpText('after', examples('expiry show certificate:12'));
