import { Command, Option } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { json, statementTimeout } from '../../../src/cli/commands/options.ts';

export const verifyRecord = () =>
  new Command('record')
    .description(
      'Check everything that was recorded, up to a head that somebody kept; exit 4 when it was changed',
    )
    .addOption(new Option('--head <hash>', 'up to this head: the hash in a mail or a log'))
    .addOption(
      new Option(
        '--timestamp <file>',
        'write the newest time stamp up to this head, for `openssl ts -verify`',
      ),
    )
    .addOption(json)
    .addOption(statementTimeout)
    .addHelpText('after', examples('verify record', 'verify --head HASH'));
