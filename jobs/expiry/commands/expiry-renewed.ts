import { Command, Option } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { consentOptions, person, requiredReason } from '../../../src/cli/commands/options.ts';
import { item } from './options.ts';

export const expiryRenewed = () => {
  const [dryRun, yes] = consentOptions;
  return new Command('renewed')
    .description('Record that an item was renewed: no more alerts about its old date')
    .argument(...item)
    .addOption(new Option('--on <date>', 'the day on which it was renewed, YYYY-MM-DD').makeOptionMandatory())
    .addOption(
      new Option('--until <date>', 'its new date, YYYY-MM-DD; default: by the period of the subscription'),
    )
    .addOption(requiredReason)
    .addOption(person)
    .addOption(dryRun)
    .addOption(yes)
    .addHelpText(
      'after',
      examples('expiry renewed license:3 --on 2026-11-20 --until 2027-11-30 --reason "order 4711" --yes'),
    );
};
