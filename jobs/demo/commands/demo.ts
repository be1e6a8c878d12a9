import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { json } from '../../../src/cli/commands/options.ts';

export const demo = () =>
  new Command('demo')
    .description(
      'Show drift, forecast, a mail, an access review and expiry on sample data; touches nothing of yours',
    )
    .addOption(json)
    .addHelpText('after', examples('demo'));
