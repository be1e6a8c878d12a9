import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { limit, listFormat } from '../../../src/cli/commands/options.ts';

const [format, json] = listFormat;

export const expiryAlerts = () =>
  new Command('alerts')
    .description('List recent and suppressed alerts')
    .addOption(limit)
    .addOption(format)
    .addOption(json)
    .addHelpText('after', examples('expiry alerts --limit 20'));
