import { Command, Option } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { json } from '../../../src/cli/commands/options.ts';

export const demo = () =>
  new Command('demo')
    .description(
      'Show drift, forecast, a mail, an access review and expiry on sample data; touches nothing of yours',
    )
    .addOption(json)
    .addOption(
      new Option(
        '--serve',
        'then serve the pages of the daemon until Ctrl-C, and remove everything',
      ).conflicts('json'),
    )
    .addHelpText('after', examples('demo', 'demo --serve'));
