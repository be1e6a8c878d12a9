import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { limit, listFormat } from '../../../src/cli/commands/options.ts';

const [format, json] = listFormat;

export const expiryList = () =>
  new Command('list')
    .description('List what renews or expires next, with owner and suppressed alerts')
    .option('--days <n>', 'how far to look ahead, 1 to 3650', '90')
    .option('--expired', 'what has expired instead')
    .option('--without-owner', 'only items without an active owner')
    .addOption(limit)
    .addOption(format)
    .addOption(json)
    .addHelpText(
      'after',
      examples('expiry list', 'expiry list --expired --limit 10', 'expiry list --without-owner'),
    );
