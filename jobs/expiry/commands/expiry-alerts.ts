import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { json, limit } from '../../../src/cli/commands/options.ts';

export const expiryAlerts = () =>
  new Command('alerts')
    .description('List recent and suppressed alerts')
    .addOption(limit)
    .addOption(json)
    .addHelpText('after', examples('expiry alerts --limit 20'));
